import {
  PERMIT_MAX_SECONDS,
  signPermit,
  type Permit as SubgraphPermit,
  type PermitSecrets,
} from "@truc/contracts";
import { LRUCache } from "lru-cache";
import type { Caller } from "../authenticate.ts";
import type { Permit } from "../authorize.ts";
import type { Rights } from "../authorize/rights.ts";

/** A permit is signed anew when less than this is left of its life. */
const RENEW_BEFORE_SECONDS = 20;

/** What a permit says, whichever subgraph it is made out to and whenever. */
export type PermitClaims = Readonly<
  Omit<SubgraphPermit, "aud" | "iat" | "exp" | "scopes" | "pins"> & {
    scopes: readonly string[];
    pins?: readonly string[];
  }
>;

/** What of a request's rights a permit tells. */
type Told = Pick<Rights, "scopes" | "limits" | "pins" | "self">;

/** What permits said lately for one caller, at each distance. */
interface Made extends Told {
  readonly atDistance: PermitClaims[];
}

/** By the caller, who is one object for as long as the token is remembered. */
const made = new WeakMap<Caller, Made>();

/**
 * A request's rights at a distance, as its subgraphs are told: the same object for as long as they are the same, so that
 * what was signed is found again by it.
 */
export function claimsOf({ caller, rights }: Permit, distance: number): PermitClaims {
  let known = made.get(caller);
  if (known === undefined || !areSame(known, rights)) {
    const { scopes, limits, pins, self } = rights;
    known = { scopes, limits, pins, self, atDistance: [] };
    made.set(caller, known);
  }
  return (known.atDistance[distance] ??= makeClaims(caller, known, distance));
}

/** Whether permits say the same of both: scopes and limits are one object for as long as nothing changes. */
function areSame(one: Told, other: Told): boolean {
  const { pins = NOBODY } = one;
  const { pins: others = NOBODY } = other;
  return (
    one.scopes === other.scopes &&
    one.limits === other.limits &&
    one.self === other.self &&
    (one.pins === undefined) === (other.pins === undefined) &&
    pins.length === others.length &&
    pins.every((pin, index) => pin === others[index])
  );
}

const NOBODY: readonly string[] = [];

function makeClaims(
  { agency, purpose, system, subject }: Caller,
  { scopes, limits, pins, self }: Told,
  distance: number,
): PermitClaims {
  return {
    scopes: [...scopes].toSorted(),
    limits,
    ...(pins === undefined ? {} : { pins: pins.toSorted() }),
    ...(self === undefined ? {} : { self }),
    distance,
    system,
    ...(agency === undefined ? {} : { agency }),
    ...(subject === system ? {} : { person: subject }),
    ...(purpose === undefined ? {} : { purpose }),
  };
}

/** A permit as it was signed, and when, by both clocks. */
interface Signed {
  text: string;
  /** Seconds since the epoch. */
  readonly iat: number;
  /** By the monotonic clock, in milliseconds. */
  born: number;
}

/** Permits remembered by what they say, 2 KB each; one that was forgotten is signed again, for some 5 µs. */
const MAX_SHARED = 10_000;
const KEPT_SECONDS = PERMIT_MAX_SECONDS - RENEW_BEFORE_SECONDS;

/** Whether a permit may still be sent, by both clocks: the wall clock can be set back, the other stops with the machine. */
function isFresh({ iat, born }: Signed, now: number): boolean {
  return iat <= now && now - iat < KEPT_SECONDS && performance.now() - born < KEPT_SECONDS * 1000;
}

/**
 * Permits as subgraphs read them: rights made out to one subgraph at one distance. Requests for which a permit would
 * say the same share one while it lives, so that signing costs one request in many. The first that claims are signed for
 * is not remembered: most people come to a portal once, and would leave nothing but 2 KB for each register behind.
 */
export class SignedPermits {
  readonly #secrets: ReadonlyMap<string, PermitSecrets>;
  readonly #signed = new LRUCache<string, Signed>({
    max: MAX_SHARED,
    // Claims are remembered with their tokens, for longer: of what is found by them only so much is kept.
    dispose: (signed) => {
      signed.text = "";
      signed.born = Number.NEGATIVE_INFINITY;
    },
  });
  /** The same, found by the very claims without reading them; by subgraph, undefined after the first for it. */
  readonly #found = new WeakMap<PermitClaims, Map<string, Signed | undefined>>();

  constructor(secrets: ReadonlyMap<string, PermitSecrets>) {
    this.#secrets = secrets;
  }

  /** @param claims never changed once they were handed in */
  for(claims: PermitClaims, subgraph: string): string {
    const now = Math.floor(Date.now() / 1000);
    let found = this.#found.get(claims);
    if (found === undefined) this.#found.set(claims, (found = new Map()));
    let signed = found.get(subgraph);
    if (signed === undefined && !found.has(subgraph)) {
      found.set(subgraph, undefined);
      return this.#sign(claims, subgraph, now);
    }
    if (signed === undefined || !isFresh(signed, now)) {
      signed = this.#shared(claims, subgraph, now);
      found.set(subgraph, signed);
    }
    return signed.text;
  }

  #shared(claims: PermitClaims, subgraph: string, now: number): Signed {
    // All that a permit says is its key: nobody is handed one that says anything else.
    const key = JSON.stringify([subgraph, claims]);
    const known = this.#signed.get(key);
    if (known !== undefined && isFresh(known, now)) return known;
    const text = this.#sign(claims, subgraph, now);
    const signed: Signed = { text, iat: now, born: performance.now() };
    this.#signed.set(key, signed);
    return signed;
  }

  #sign(claims: PermitClaims, subgraph: string, now: number): string {
    const secrets = this.#secrets.get(subgraph);
    if (secrets === undefined)
      throw new Error(`there is no permit secret for the subgraph ${subgraph}`);
    const { scopes, pins, ...rest } = claims;
    return signPermit(
      {
        aud: subgraph,
        iat: now,
        exp: now + PERMIT_MAX_SECONDS,
        ...rest,
        scopes: [...scopes],
        ...(pins === undefined ? {} : { pins: [...pins] }),
      },
      secrets,
    );
  }
}
