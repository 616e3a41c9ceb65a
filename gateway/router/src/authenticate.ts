import { Refusal } from "@truc/contracts";
import type { Branded } from "./brand.ts";
import type { IncomingRequest } from "./incoming-request.ts";
import { challenge, TOKEN_WANTED } from "./authenticate/challenge.ts";
import type { ProofsOfPossession } from "./authenticate/possession.ts";
import type { TokenVerifier, VerifiedToken } from "./authenticate/token-verifier.ts";
import type { RegistryFeed } from "./registry/registry-feed.ts";
import { refuseRevoked } from "./registry/standing.ts";
import type { Trail } from "./trail.ts";

/** Who asks, as the token says and the authority signed. */
export type Caller = Branded<VerifiedToken, "Caller">;

const SHOWN = /^(Bearer|DPoP) +([^\s]+) *$/i;

/**
 * Establishes who asks, by the one access token of the request: as bearer (RFC 6750), or with a proof of possession of
 * the key it is bound to (RFC 9449). Where the authority's feed is followed, system, key and person must be in good
 * standing now. Whose token it is, is on the trail, also of a request that is refused.
 * @throws Refusal TOKEN_…, DPOP_…, AUTHORITY_UNAVAILABLE or REGISTRY_STALE
 */
export async function authenticate(
  request: IncomingRequest,
  {
    verifier,
    proofs,
    registry,
  }: { verifier: TokenVerifier; proofs: ProofsOfPossession; registry: RegistryFeed | undefined },
  trail: Pick<Trail, "token">,
): Promise<Caller> {
  const standing = registry?.present;
  const [header, second] = request.authorization;
  if (header === undefined) throw new Refusal("TOKEN_MISSING", { headers: TOKEN_WANTED });
  // Which of two headers counts differs between servers; nobody honest sends both.
  if (second !== undefined) throw invalid("Only one Authorization header may be sent.");
  const [, name, token] = SHOWN.exec(header) ?? [];
  if (name === undefined || token === undefined)
    throw invalid("The Authorization header must be a Bearer or DPoP token.");
  const scheme = name.toLowerCase() === "dpop" ? "DPoP" : "Bearer";
  const verified = (trail.token = verifier.known(token) ?? (await verifier.verify(token, scheme)));
  if (scheme === "DPoP") await refuseUnproven(request, token, verified, proofs);
  else if (verified.boundTo !== undefined)
    throw new Refusal("DPOP_INVALID", { headers: challenge("DPoP", "invalid_token") });
  if (standing !== undefined) refuseRevoked(verified, standing);
  return verified as Caller;
}

async function refuseUnproven(
  request: IncomingRequest,
  token: string,
  { boundTo, system }: VerifiedToken,
  proofs: ProofsOfPossession,
): Promise<void> {
  if (boundTo === undefined) {
    throw new Refusal("DPOP_INVALID", {
      sentence: "The access token is bound to no key: send it as Bearer, or ask for a bound one.",
      headers: challenge("DPoP", "invalid_token"),
    });
  }
  await proofs.check(request, { text: token, boundTo, system });
}

function invalid(sentence: string): Refusal {
  return new Refusal("TOKEN_INVALID", { sentence, headers: challenge("Bearer", "invalid_token") });
}
