import { AccessTokenClaims, MAX_TOKEN_BYTES, Refusal } from "@truc/contracts";
import {
  decodeProtectedHeader,
  errors,
  jwtVerify,
  type JWTVerifyGetKey,
  type ProtectedHeaderParameters,
} from "jose";
import { LRUCache } from "lru-cache";
import type { Logger } from "pino";
import { challenge, type Scheme } from "./challenge.ts";
import { KeySetUnavailable } from "./key-set.ts";
import { repeatsName } from "./repeats-name.ts";
import { ScopeSets } from "./scope-sets.ts";

/** Who asks, as the token says and the authority signed. */
export interface VerifiedToken {
  readonly system: string;
  /** The system itself, or an opaque name of the person it asks for. */
  readonly subject: string;
  readonly agency: string | undefined;
  readonly purpose: string | undefined;
  readonly scopes: ReadonlySet<string>;
  /** Thumbprint of the system's key that signed the request for it. */
  readonly key: string | undefined;
  /** Thumbprint of the key whose possession must be proven with it. */
  readonly boundTo: string | undefined;
  /** Seconds since the epoch. */
  readonly expires: number;
}

export interface TokenRules {
  issuer: string;
  audience: string;
  /** JWS algorithms accepted; ES256 and EdDSA unless the deployment says otherwise. */
  algorithms: readonly string[];
  /** How far clocks may differ, seconds. */
  leewaySeconds: number;
}

const COMPACT_JWS = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;
/** Header parameters that bring or point to a key of the sender's choice, or ask for rules we do not have. */
const FORBIDDEN_HEADERS = ["jwk", "jku", "x5u", "x5c", "x5t", "crit", "b64", "zip"] as const;
/** With what is made for their callers, the permits above all, some 5 KB each. */
const CACHED_TOKENS = 10_000;

/**
 * Verifies access tokens (RFC 9068): signature by a key of the issuer, type, issuer, audience, lifetime and shape.
 * A verified token is remembered until it expires, because checking an ES256 signature costs a hundred times more.
 */
export class TokenVerifier {
  readonly #keys: JWTVerifyGetKey;
  readonly #rules: TokenRules;
  readonly #log: Logger;
  readonly #verified = new LRUCache<string, VerifiedToken>({ max: CACHED_TOKENS });
  readonly #scopes = new ScopeSets();

  constructor(keys: JWTVerifyGetKey, rules: TokenRules, log: Logger) {
    this.#keys = keys;
    this.#rules = rules;
    this.#log = log;
  }

  /**
   * @param scheme how it was shown, for the challenge that a refusal answers with
   * @throws Refusal TOKEN_INVALID, TOKEN_EXPIRED or AUTHORITY_UNAVAILABLE
   */
  async verify(token: string, scheme: Scheme): Promise<VerifiedToken> {
    const known = this.known(token);
    if (known !== undefined) return known;
    if (this.#verified.delete(token)) throw expired(scheme);
    const verified = await this.#check(token, scheme);
    this.#verified.set(token, verified);
    return verified;
  }

  /** A token that was verified before and has not expired since; undefined for any other. */
  known(token: string): VerifiedToken | undefined {
    const known = this.#verified.get(token);
    return known !== undefined && known.expires + this.#rules.leewaySeconds > Date.now() / 1000
      ? known
      : undefined;
  }

  async #check(token: string, scheme: Scheme): Promise<VerifiedToken> {
    try {
      refuseOddForm(token);
      const { issuer, audience, algorithms, leewaySeconds } = this.#rules;
      const { payload } = await jwtVerify(token, this.#keys, {
        issuer,
        audience,
        algorithms: [...algorithms],
        typ: "at+jwt",
        clockTolerance: leewaySeconds,
        requiredClaims: ["iss", "aud", "exp", "iat", "jti", "sub", "client_id"],
      });
      // Signed by the authority, so this is its own doing if it happens; two readers could read two different claims.
      const [header, claimed] = token.split(".");
      if (repeatsName(textIn(header!)) || repeatsName(textIn(claimed!)))
        throw new Error("a claim stands twice");
      const claims = AccessTokenClaims.parse(payload);
      return {
        system: claims.client_id,
        subject: claims.sub,
        agency: claims.agency,
        purpose: claims.purpose,
        scopes: this.#scopes.of(claims.scope),
        key: claims.key,
        boundTo: boundTo(claims),
        expires: claims.exp,
      };
    } catch (error) {
      throw this.#refusal(error, scheme);
    }
  }

  #refusal(error: unknown, scheme: Scheme): Refusal {
    if (error instanceof Refusal) return error;
    if (error instanceof errors.JWTExpired) return expired(scheme);
    const reason = error instanceof Error ? error.message : String(error);
    if (error instanceof KeySetUnavailable) {
      this.#log.error({ reason }, "the authority's keys cannot be read");
      return new Refusal("AUTHORITY_UNAVAILABLE", {
        headers: { "retry-after": "5" },
        cause: error,
      });
    }
    this.#log.info({ reason: reason.slice(0, 200) }, "token refused");
    return new Refusal("TOKEN_INVALID", { headers: challenge(scheme, "invalid_token") });
  }
}

const THUMBPRINT = /^[A-Za-z0-9_-]{43}$/;

/** The key a token is bound to (RFC 9449, section 6). @throws Error for a confirmation that cannot be checked here */
function boundTo({ cnf }: AccessTokenClaims): string | undefined {
  if (cnf === undefined) return undefined;
  const { jkt, ...others } = cnf;
  if (typeof jkt !== "string" || !THUMBPRINT.test(jkt) || Object.keys(others).length > 0)
    throw new Error("the token is bound in a way that is not known here");
  return jkt;
}

function refuseOddForm(token: string): void {
  if (Buffer.byteLength(token) > MAX_TOKEN_BYTES) throw new Error("the token is larger than 8 KiB");
  if (!COMPACT_JWS.test(token)) throw new Error("the token is not a compact JWS");
  const header: ProtectedHeaderParameters = decodeProtectedHeader(token);
  const forbidden = FORBIDDEN_HEADERS.find((name) => name in header);
  if (forbidden !== undefined) throw new Error(`the token's header carries ${forbidden}`);
}

function textIn(part: string): string {
  return Buffer.from(part, "base64url").toString("utf8");
}

function expired(scheme: Scheme): Refusal {
  return new Refusal("TOKEN_EXPIRED", {
    headers: challenge(scheme, "invalid_token", "expired"),
  });
}
