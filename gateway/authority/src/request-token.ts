import { randomUUID } from "node:crypto";
import { importJWK, type JWK, SignJWT } from "jose";
import * as z from "zod";
import { signDpopProof } from "./dpop-proof.ts";

/** How long the assertion is valid, in seconds: it is used at once. */
const ASSERTION_SECONDS = 60;
const TIMEOUT_MS = 10_000;

const Metadata = z.object({ issuer: z.string(), token_endpoint: z.url() });
const TokenAnswer = z.object({
  access_token: z.string().min(1),
  token_type: z.enum(["Bearer", "DPoP"]),
  expires_in: z.number(),
  scope: z.string().default(""),
});
const ErrorAnswer = z.object({ error: z.string(), error_description: z.string().optional() });

export interface TokenRequest {
  /** The authority's address, as it stands in its tokens' `iss`. */
  issuer: string;
  /** The system's id. */
  clientId: string;
  /** The system's private key (ES256); its `kid` tells the authority which of several it is. */
  privateKey: JWK;
  /** The code of the purpose the token is for. */
  purpose: string;
  /** Space-separated; all that the grant covers when absent. */
  scope?: string;
  /** A private key (ES256) to bind the token to (DPoP, RFC 9449): it works only together with proofs of that key. */
  dpopKey?: JWK;
}

export interface IssuedToken {
  accessToken: string;
  /** The scheme of the Authorization header that it is shown with: `DPoP` when it is bound to a key. */
  tokenType: "Bearer" | "DPoP";
  /** How long it is valid, in seconds. */
  expiresIn: number;
  /** Space-separated: what was given. */
  scope: string;
}

/** The authority gave no token; the message says why in one sentence. */
export class TokenRefused extends Error {
  override readonly name = "TokenRefused";
  /** The error code of RFC 6749, section 5.2 (`invalid_scope` …), or `unreachable`. */
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/**
 * Asks the authority for an access token as a system does: `client_credentials` with a signed assertion (RFC 7523)
 * and the form parameter `purpose`.
 * @throws TokenRefused
 */
export async function requestToken(request: TokenRequest): Promise<IssuedToken> {
  const { issuer, clientId, purpose, scope, dpopKey } = request;
  const metadata = Metadata.safeParse(await ask(`${issuer}/.well-known/openid-configuration`, {}));
  if (!metadata.success || metadata.data.issuer !== issuer) {
    throw new TokenRefused("unreachable", `What answers at ${issuer} is not that authority.`);
  }
  const url = metadata.data.token_endpoint;
  const answer = await ask(url, {
    method: "POST",
    ...(dpopKey !== undefined && {
      headers: { dpop: await signDpopProof({ key: dpopKey, method: "POST", url }) },
    }),
    body: new URLSearchParams({
      grant_type: "client_credentials",
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      client_assertion: await signAssertion(issuer, clientId, request.privateKey),
      purpose,
      ...(scope !== undefined && scope !== "" && { scope }),
    }),
  });
  const token = TokenAnswer.safeParse(answer);
  if (token.success) {
    return {
      accessToken: token.data.access_token,
      tokenType: token.data.token_type,
      expiresIn: token.data.expires_in,
      scope: token.data.scope,
    };
  }
  const refusal = ErrorAnswer.safeParse(answer);
  if (!refusal.success)
    throw new TokenRefused("unreachable", `What answers at ${issuer} is not that authority.`);
  const { error, error_description: description = "no reason given" } = refusal.data;
  throw new TokenRefused(error, `The authority refused the token (${error}): ${description}`);
}

async function signAssertion(issuer: string, clientId: string, privateKey: JWK): Promise<string> {
  return await new SignJWT()
    .setProtectedHeader({
      alg: "ES256",
      typ: "JWT",
      ...(privateKey.kid !== undefined && { kid: privateKey.kid }),
    })
    .setIssuer(clientId)
    .setSubject(clientId)
    .setAudience(issuer)
    .setJti(randomUUID())
    .setIssuedAt()
    .setExpirationTime(`${ASSERTION_SECONDS}s`)
    .sign(await importJWK(privateKey, "ES256"));
}

async function ask(url: string, init: RequestInit): Promise<unknown> {
  try {
    const response = await fetch(url, {
      ...init,
      redirect: "error",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return await response.json();
  } catch (error) {
    throw new TokenRefused("unreachable", `The authority does not answer at ${url}.`, {
      cause: error,
    });
  }
}
