import { PERMIT_MAX_SECONDS, signPermit, type PermitSecrets } from "@truc/contracts";
import { LRUCache } from "lru-cache";
import type { Permit } from "../authorize.ts";

/** A permit is signed anew when less than this is left of its life. */
const RENEW_BEFORE_SECONDS = 20;

/**
 * Permits as subgraphs read them: rights made out to one subgraph. Requests with the same rights share one while it
 * lives, so that signing costs one request in many.
 */
export class SignedPermits {
  readonly #secrets: ReadonlyMap<string, PermitSecrets>;
  readonly #signed = new LRUCache<string, { text: Promise<string>; expires: number }>({
    max: 50_000,
  });

  constructor(secrets: ReadonlyMap<string, PermitSecrets>) {
    this.#secrets = secrets;
  }

  async for({ caller, rights }: Permit, subgraph: string): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const scopes = [...rights.scopes].toSorted();
    const person = caller.subject === caller.system ? undefined : caller.subject;
    const key = JSON.stringify([
      subgraph,
      caller.system,
      caller.agency,
      person,
      caller.purpose,
      scopes,
    ]);
    const known = this.#signed.get(key);
    if (known !== undefined && known.expires - RENEW_BEFORE_SECONDS > now) return await known.text;
    const secrets = this.#secrets.get(subgraph);
    if (secrets === undefined)
      throw new Error(`there is no permit secret for the subgraph ${subgraph}`);
    const expires = now + PERMIT_MAX_SECONDS;
    const text = signPermit(
      {
        aud: subgraph,
        iat: now,
        exp: expires,
        scopes,
        limits: rights.limits,
        distance: 0,
        system: caller.system,
        ...(caller.agency === undefined ? {} : { agency: caller.agency }),
        ...(person === undefined ? {} : { person }),
        ...(caller.purpose === undefined ? {} : { purpose: caller.purpose }),
      },
      secrets,
    );
    this.#signed.set(key, { text, expires });
    return await text;
  }
}
