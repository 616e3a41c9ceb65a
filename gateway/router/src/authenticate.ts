import { Refusal } from "@truc/contracts";
import type { Branded } from "./brand.ts";
import type { IncomingRequest } from "./incoming-request.ts";
import type { TokenVerifier, VerifiedToken } from "./authenticate/token-verifier.ts";

/** Who asks, as the token says and the authority signed. */
export type Caller = Branded<VerifiedToken, "Caller">;

const BEARER = /^Bearer +([^\s]+) *$/i;

/**
 * Establishes who asks, by the one bearer token of the request (RFC 6750).
 * @throws Refusal TOKEN_MISSING, TOKEN_INVALID, TOKEN_EXPIRED or AUTHORITY_UNAVAILABLE
 */
export async function authenticate(
  request: IncomingRequest,
  { verifier }: { verifier: TokenVerifier },
): Promise<Caller> {
  const [header, second] = request.authorization;
  if (header === undefined)
    throw new Refusal("TOKEN_MISSING", { headers: { "www-authenticate": "Bearer" } });
  // Which of two headers counts differs between servers; nobody honest sends both.
  if (second !== undefined) throw invalid("Only one Authorization header may be sent.");
  const token = BEARER.exec(header)?.[1];
  if (token === undefined) throw invalid("The Authorization header must be a Bearer token.");
  return (await verifier.verify(token)) as Caller;
}

function invalid(sentence: string): Refusal {
  return new Refusal("TOKEN_INVALID", {
    sentence,
    headers: { "www-authenticate": 'Bearer error="invalid_token"' },
  });
}
