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

/**
 * Permits as subgraphs read them: rights made out to one subgraph at one distance. Requests for which a permit would
 * say the same share one while it lives, so that signing costs one request in many.
 */
export class SignedPermits {
  readonly #secrets: ReadonlyMap<string, PermitSecrets>;
  readonly #signed = new LRUCache<string, { text: Promise<string>; expires: number }>({
    max: 50_000,
  });

  constructor(secrets: ReadonlyMap<string, PermitSecrets>) {
    this.#secrets = secrets;
  }

  async for(claims: PermitClaims, subgraph: string): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    // All that a permit says is its key: nobody is handed one that says anything else.
    const key = JSON.stringify([subgraph, claims]);
    const known = this.#signed.get(key);
    if (known !== undefined && known.expires - RENEW_BEFORE_SECONDS > now) return await known.text;
    const secrets = this.#secrets.get(subgraph);
    if (secrets === undefined)
      throw new Error(`there is no permit secret for the subgraph ${subgraph}`);
    const expires = now + PERMIT_MAX_SECONDS;
    const { scopes, pins, ...rest } = claims;
    const text = signPermit(
      {
        aud: subgraph,
        iat: now,
        exp: expires,
        ...rest,
        scopes: [...scopes],
        ...(pins === undefined ? {} : { pins: [...pins] }),
      },
      secrets,
    );
    this.#signed.set(key, { text, expires });
    return await text;
  }
}
