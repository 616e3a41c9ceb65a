import { createHash } from "node:crypto";
import { Refusal } from "@truc/contracts";
import { calculateJwkThumbprint, EmbeddedJWK, jwtVerify, type JWK } from "jose";
import type { Logger } from "pino";
import * as z from "zod";
import type { IncomingRequest } from "../incoming-request.ts";
import { challenge, PROOF_ALGORITHMS } from "./challenge.ts";
import type { SharedState } from "../shared-state/shared-state.ts";

const MAX_PROOF_BYTES = 4 * 1024;
/** How far the moment a proof says it was made may lie from now, either way. */
const WINDOW_SECONDS = 60;

const ProofClaims = z.object({
  jti: z.string().min(1).max(255),
  htm: z.string(),
  htu: z.string().max(2_048),
  iat: z.number(),
  ath: z.string(),
});

export interface PossessionRules {
  /** The address callers know the router by, without query: what proofs must be made for. */
  publicUrl: () => string;
  guard: Pick<SharedState, "firstUse">;
  log: Logger;
}

/** A bound access token that was verified. */
interface ShownToken {
  readonly text: string;
  readonly boundTo: string;
  readonly system: string;
}

/** Checks that whoever shows a bound access token also holds its key (DPoP, RFC 9449, section 4.3). */
export class ProofsOfPossession {
  readonly #rules: PossessionRules;

  constructor(rules: PossessionRules) {
    this.#rules = rules;
  }

  /**
   * @param token.boundTo thumbprint (RFC 7638) of the key the token is bound to
   * @param token.system whose token it is
   * @throws Refusal DPOP_INVALID, or DPOP_UNAVAILABLE when it cannot be known whether a proof is being used again
   */
  async check(request: IncomingRequest, token: ShownToken): Promise<void> {
    try {
      await this.#check(request, token);
    } catch (error) {
      if (error instanceof Refusal) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      this.#rules.log.info({ reason: reason.slice(0, 200) }, "proof of possession refused");
      throw new Refusal("DPOP_INVALID", { headers: challenge("DPoP", "invalid_dpop_proof") });
    }
  }

  async #check(request: IncomingRequest, { text, boundTo, system }: ShownToken): Promise<void> {
    const [proof, second] = request.proofs;
    if (proof === undefined || second !== undefined)
      throw new Error("not exactly one DPoP header was sent");
    if (Buffer.byteLength(proof) > MAX_PROOF_BYTES) throw new Error("the proof is too large");
    const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, {
      typ: "dpop+jwt",
      algorithms: [...PROOF_ALGORITHMS],
    });
    const thumbprint = await calculateJwkThumbprint(protectedHeader.jwk as JWK, "sha256");
    if (thumbprint !== boundTo) throw new Error("the proof is another key's");
    const { jti, htm, htu, iat, ath } = ProofClaims.parse(payload);
    if (htm !== request.method) throw new Error("the proof is for another method");
    const graphql = this.#rules.publicUrl();
    const here = request.address === "explain" ? new URL("explain", graphql).href : graphql;
    if (withoutQuery(htu) !== withoutQuery(here))
      throw new Error("the proof is for another address");
    if (Math.abs(Date.now() / 1_000 - iat) > WINDOW_SECONDS)
      throw new Error("the proof was not made just now");
    if (ath !== createHash("sha256").update(text).digest("base64url"))
      throw new Error("the proof is for another token");
    const id = createHash("sha256").update(`${thumbprint} ${jti}`).digest("base64url");
    await this.#useOnce(id, system);
  }

  async #useOnce(id: string, system: string): Promise<void> {
    let first: boolean;
    try {
      // A proof of the near future stays acceptable until as long after its own moment.
      first = await this.#rules.guard.firstUse("dpop", id, 2 * WINDOW_SECONDS, system);
    } catch (cause) {
      throw new Refusal("DPOP_UNAVAILABLE", { headers: { "retry-after": "5" }, cause });
    }
    if (!first) throw new Error("the proof was used before");
  }
}

/** An address in its normal form, without query and fragment (RFC 9449, section 4.3, step 9). */
function withoutQuery(address: string): string {
  const url = new URL(address);
  url.search = "";
  url.hash = "";
  return url.href;
}
