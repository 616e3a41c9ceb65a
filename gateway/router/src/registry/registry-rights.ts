import { Refusal } from "@truc/contracts";
import type { Caller } from "../authenticate.ts";
import type { ActorTokens } from "../authorize/actor-tokens.ts";
import { caseReferenceOf } from "../authorize/case-reference.ts";
import type { Rights, RightsSource } from "../authorize/rights.ts";
import type { Operation } from "../read.ts";
import type { CoveredPeople } from "../subjects/covered-people.ts";
import type { HeldRole } from "../subjects/subject-resolver.ts";
import type { Grant, Purpose, Registry } from "./registry.ts";
import type { RegistryFeed } from "./registry-feed.ts";

/** `GRANTS=authority`: rights are what token, live grant and the purpose's ceiling all have. */
export class RegistryRights implements RightsSource {
  readonly #feed: RegistryFeed;
  readonly #actors: ActorTokens;
  readonly #people: CoveredPeople;
  /** By the grant and the token's own scopes, one set for all tokens whose claim is written alike. */
  readonly #scopes = new WeakMap<
    Grant,
    WeakMap<ReadonlySet<string>, { purpose: Purpose; scopes: ReadonlySet<string> }>
  >();

  constructor(parts: { feed: RegistryFeed; actors: ActorTokens; people: CoveredPeople }) {
    this.#feed = parts.feed;
    this.#actors = parts.actors;
    this.#people = parts.people;
  }

  /** @throws Refusal AUTHORIZE_…, REGISTRY_STALE, TOKEN_REVOKED or AUTHORITY_UNAVAILABLE */
  async of(caller: Caller, operation: Operation): Promise<Rights> {
    if (caller.agency === undefined || caller.purpose === undefined)
      throw new Refusal("AUTHORIZE_PURPOSE_MISSING");
    const registry = this.#feed.present;
    const system = registry.system(caller.system);
    const grant = registry.liveGrant(caller.system, caller.purpose, new Date());
    const purpose = registry.purpose(caller.purpose);
    if (system === undefined || grant === undefined || purpose === undefined)
      throw new Refusal("AUTHORIZE_GRANT_MISSING");
    const { extensions, request, hash } = operation;
    const caseReference = caseReferenceOf(extensions);
    refuseDemands(grant, operation, caseReference);
    const actor =
      extensions["actor"] === undefined
        ? undefined
        : await this.#actors.actorOf(extensions, system);
    const { self, pins } = await this.#people.of(caller, grant.limits.subjects, request);
    return {
      scopes: this.#scopesOf(caller, grant, purpose),
      limits: grant.limits,
      pins,
      self,
      grant: grant.id,
      budget: grant.budget,
      legalBasis: purpose.legalBasis,
      disclosureDelayDays: purpose.disclosureDelayDays,
      demandsReceipt: grant.demandsReceipt,
      actor: actor?.officer,
      useActorToken: actor?.use,
      caseReference,
      operationName: nameOf(grant, registry, hash),
    };
  }

  async rolesOf(caller: Caller): Promise<readonly HeldRole[]> {
    return await this.#people.rolesOf(caller);
  }

  ownerOf(scope: string): string | undefined {
    return this.#feed.present.ownerOf(scope);
  }

  /** The same set for as long as it is the same, so that what is remembered by it is found again. */
  #scopesOf(caller: Caller, grant: Grant, purpose: Purpose): ReadonlySet<string> {
    let ofGrant = this.#scopes.get(grant);
    if (ofGrant === undefined) this.#scopes.set(grant, (ofGrant = new WeakMap()));
    const known = ofGrant.get(caller.scopes);
    if (known?.purpose === purpose) return known.scopes;
    const scopes = new Set(
      [...caller.scopes].filter((scope) => grant.scopes.has(scope) && purpose.ceiling.has(scope)),
    );
    ofGrant.set(caller.scopes, { purpose, scopes });
    return scopes;
  }
}

function refuseDemands(
  grant: Grant,
  { extensions, hash }: Operation,
  caseReference: string | undefined,
): void {
  if (grant.operations === "registered" && !grant.registered.has(hash))
    throw new Refusal("AUTHORIZE_OPERATION_UNREGISTERED");
  if (grant.demandsActor && (extensions["actor"] ?? undefined) === undefined)
    throw new Refusal("AUTHORIZE_ACTOR_MISSING");
  if (grant.demandsCase && caseReference === undefined) throw new Refusal("AUTHORIZE_CASE_MISSING");
}

/** What a registered operation is called; the name a caller gives its own is free text and means nothing. */
function nameOf({ registered }: Grant, registry: Registry, hash: string): string | undefined {
  return registered.has(hash) ? registry.operation(hash)?.name : undefined;
}
