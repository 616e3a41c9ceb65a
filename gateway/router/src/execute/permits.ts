import {
  PERMIT_MAX_SECONDS,
  signPermit,
  type Permit as SubgraphPermit,
  type PermitSecrets,
} from "@truc/contracts";
import { LRUCache } from "lru-cache";
import type { Permit } from "../authorize.ts";

/** A permit is signed anew when less than this is left of its life. */
const RENEW_BEFORE_SECONDS = 20;

/** What a permit says, whichever subgraph it is made out to and whenever. */
export type PermitClaims = Readonly<
  Omit<SubgraphPermit, "aud" | "iat" | "exp" | "scopes" | "pins"> & {
    scopes: readonly string[];
    pins?: readonly string[];
  }
>;

/** A request's rights at a distance, as its subgraphs are told. */
export function claimsOf({ caller, rights }: Permit, distance: number): PermitClaims {
  const { agency, purpose, system, subject } = caller;
  const { scopes, limits, pins, self } = rights;
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
  readonly text: Promise<string>;
  /** Seconds since the epoch. */
  readonly iat: number;
  /** By the monotonic clock, in milliseconds. */
  readonly born: number;
}

const KEPT_SECONDS = PERMIT_MAX_SECONDS - RENEW_BEFORE_SECONDS;

/** Whether a permit may still be sent, by both clocks: the wall clock can be set back, the other stops with the machine. */
function isFresh({ iat, born }: Signed, now: number): boolean {
  return iat <= now && now - iat < KEPT_SECONDS && performance.now() - born < KEPT_SECONDS * 1000;
}

/**
 * Permits as subgraphs read them: rights made out to one subgraph at one distance. Requests for which a permit would
 * say the same share one while it lives, so that signing costs one request in many.
 */
export class SignedPermits {
  readonly #secrets: ReadonlyMap<string, PermitSecrets>;
  readonly #signed = new LRUCache<string, Signed>({ max: 50_000 });

  constructor(secrets: ReadonlyMap<string, PermitSecrets>) {
    this.#secrets = secrets;
  }

  async for(claims: PermitClaims, subgraph: string): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    // All that a permit says is its key: nobody is handed one that says anything else.
    const key = JSON.stringify([subgraph, claims]);
    const known = this.#signed.get(key);
    if (known !== undefined && isFresh(known, now)) return await known.text;
    const secrets = this.#secrets.get(subgraph);
    if (secrets === undefined)
      throw new Error(`there is no permit secret for the subgraph ${subgraph}`);
    const { scopes, pins, ...rest } = claims;
    const text = signPermit(
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
    this.#signed.set(key, { text, iat: now, born: performance.now() });
    return await text;
  }
}
