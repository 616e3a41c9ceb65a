import { UNLIMITED, type GrantBudget, type Limits } from "@truc/contracts";
import type { Caller } from "../authenticate.ts";
import type { HeldRole } from "../subjects/subject-resolver.ts";
import type { Operation } from "../read.ts";
import { caseReferenceOf } from "./case-reference.ts";

/**
 * What a caller may do with one operation: token, live grant and purpose taken together. The filter, the permits and
 * the budget work on nothing else.
 */
export interface Rights {
  /** Scopes that token, grant and the purpose's ceiling all have. */
  readonly scopes: ReadonlySet<string>;
  readonly limits: Limits;
  /** The PINs covered where `limits.subjects` is not `any`. */
  readonly pins: readonly string[] | undefined;
  /** The signed-in person's own PIN. */
  readonly self: string | undefined;
  /** The grant's id; undefined where a token's scopes are the grant. */
  readonly grant: string | undefined;
  readonly budget: GrantBudget | undefined;
  readonly legalBasis: string | undefined;
  /** For how many days data subjects are not shown the access. */
  readonly disclosureDelayDays: number;
  /** Whether the grant demands a receipt with every answer. */
  readonly demandsReceipt: boolean;
  /** The officer who acts, as the actor token names her. */
  readonly actor: string | undefined;
  /** Uses the actor token up, once there is room and budget for the request; undefined where none was sent. */
  readonly useActorToken: (() => Promise<void>) | undefined;
  readonly caseReference: string | undefined;
  /** What the registry calls the operation, where it is a registered one. */
  readonly operationName: string | undefined;
}

/** Where rights come from: the token alone, or the authority's feed (registry/registry-rights.ts). */
export interface RightsSource {
  /** @throws Refusal AUTHORIZE_…, REGISTRY_STALE, TOKEN_REVOKED or AUTHORITY_UNAVAILABLE */
  of(caller: Caller, operation: Operation): Promise<Rights>;
  /**
   * The roles of the person who is signed in, as far as they count today; none where nobody is, or nobody is known.
   * @throws Refusal TOKEN_REVOKED or AUTHORITY_UNAVAILABLE
   */
  rolesOf(caller: Caller): Promise<readonly HeldRole[]>;
  /** Which agency may give a scope away, where that is known. */
  ownerOf(scope: string): string | undefined;
}

/**
 * `GRANTS=token`: the token's scopes are the grant, without limits. Nobody's keys are known by which an actor token
 * could be checked, so none is believed.
 */
export class TokenRights implements RightsSource {
  async of(caller: Caller, { extensions }: Operation): Promise<Rights> {
    return await Promise.resolve({
      scopes: caller.scopes,
      limits: UNLIMITED,
      pins: undefined,
      self: undefined,
      grant: undefined,
      budget: undefined,
      legalBasis: undefined,
      disclosureDelayDays: 0,
      demandsReceipt: false,
      actor: undefined,
      useActorToken: undefined,
      caseReference: caseReferenceOf(extensions),
      operationName: undefined,
    });
  }

  async rolesOf(): Promise<readonly HeldRole[]> {
    return await Promise.resolve([]);
  }

  ownerOf(): undefined {
    return undefined;
  }
}
