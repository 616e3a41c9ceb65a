import { createHash } from "node:crypto";
import { Refusal, type FeedSystem } from "@truc/contracts";
import { createLocalJWKSet, jwtVerify, type LocalJWKSet } from "jose";
import type { Logger } from "pino";
import * as z from "zod";
import type { SharedState } from "../shared-state/shared-state.ts";

const ALGORITHMS = ["ES256", "EdDSA"];
const MAX_SECONDS = 5 * 60;
const MAX_BYTES = 4 * 1024;
const LEEWAY_SECONDS = 5;
const ID_SECONDS = MAX_SECONDS + 2 * LEEWAY_SECONDS;

/** What may be a personal identification number, wherever it stands; records name nobody by hers. */
const PIN_LIKE = /\d{12}/;

/** An officer whom a valid actor token names, and what using the token up does. */
export interface Actor {
  readonly officer: string;
  /**
   * @throws Refusal AUTHORIZE_ACTOR_INVALID when the token was used before, or AUTHORIZE_ACTOR_UNAVAILABLE when that
   *   cannot be known
   */
  readonly use: () => Promise<void>;
}

const ActorClaims = z.object({
  iat: z.number(),
  exp: z.number(),
  jti: z.string().min(1).max(255),
  /** The officer, in the agency's own words: opaque here, and put on record. */
  sub: z
    .string()
    .regex(/^[A-Za-z0-9._:@/-]{1,64}$/)
    .refine((sub) => !PIN_LIKE.test(sub)),
});

/**
 * Checks which officer acts: a short token of the caller's own system, under one of the keys it has registered
 * (`typ: actor+jwt`, `iss` the system, `aud` the platform's, `sub` the officer, at most five minutes, used once).
 */
export class ActorTokens {
  readonly #audience: string;
  readonly #guard: Pick<SharedState, "firstUse">;
  readonly #log: Logger;
  /** A system is a new object with every revision of the registry, so a suspended key is gone with the old one. */
  readonly #keys = new WeakMap<FeedSystem, LocalJWKSet>();

  constructor({
    audience,
    guard,
    log,
  }: {
    audience: string;
    guard: Pick<SharedState, "firstUse">;
    log: Logger;
  }) {
    this.#audience = audience;
    this.#guard = guard;
    this.#log = log;
  }

  /**
   * The officer of a request, out of its `extensions.actor`; undefined where it names none. The token is good for what
   * is asked only once it has been used: that comes last, so that a request that must be sent again can be.
   * @throws Refusal AUTHORIZE_ACTOR_INVALID
   */
  async actorOf(
    extensions: Readonly<Record<string, unknown>>,
    system: FeedSystem,
  ): Promise<Actor | undefined> {
    const given = extensions["actor"];
    if (given === undefined || given === null) return undefined;
    try {
      return await this.#check(given, system);
    } catch (error) {
      throw this.#refusal(system, error instanceof Error ? error.message : String(error));
    }
  }

  #refusal({ id }: FeedSystem, reason: string): Refusal {
    this.#log.info({ system: id, reason: reason.slice(0, 200) }, "actor token refused");
    return new Refusal("AUTHORIZE_ACTOR_INVALID");
  }

  async #check(token: unknown, system: FeedSystem): Promise<Actor> {
    if (typeof token !== "string" || Buffer.byteLength(token) > MAX_BYTES)
      throw new Error("the actor token is no text, or too large");
    const { payload } = await jwtVerify(token, this.#keysOf(system), {
      issuer: system.id,
      audience: this.#audience,
      typ: "actor+jwt",
      algorithms: ALGORITHMS,
      requiredClaims: ["iss", "aud", "sub", "iat", "exp", "jti"],
      maxTokenAge: MAX_SECONDS,
      clockTolerance: LEEWAY_SECONDS,
    });
    const { iat, exp, jti, sub } = ActorClaims.parse(payload);
    if (exp - iat > MAX_SECONDS) throw new Error("the actor token is made out for too long");
    const id = createHash("sha256")
      .update(JSON.stringify([system.id, jti]))
      .digest("base64url");
    return { officer: sub, use: async () => await this.#useOnce(id, system) };
  }

  async #useOnce(id: string, system: FeedSystem): Promise<void> {
    let first: boolean;
    try {
      first = await this.#guard.firstUse("actor", id, ID_SECONDS, system.id);
    } catch (cause) {
      throw new Refusal("AUTHORIZE_ACTOR_UNAVAILABLE", { headers: { "retry-after": "5" }, cause });
    }
    if (!first) throw this.#refusal(system, "the actor token was used before");
  }

  #keysOf(system: FeedSystem): LocalJWKSet {
    let keys = this.#keys.get(system);
    if (keys === undefined) {
      keys = createLocalJWKSet({ keys: system.keys.map(({ jwk, kid }) => ({ ...jwk, kid })) });
      this.#keys.set(system, keys);
    }
    return keys;
  }
}
