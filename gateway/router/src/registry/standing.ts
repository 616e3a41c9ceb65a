import { Refusal } from "@truc/contracts";
import type { VerifiedToken } from "../authenticate/token-verifier.ts";
import { challenge } from "../authenticate/challenge.ts";
import type { Registry } from "./registry.ts";

/**
 * Holds a valid token against the registry: its system, the key that system showed for it, and the person it is for
 * must all be in good standing now, whatever they were when the token was made.
 * @throws Refusal TOKEN_REVOKED, or DPOP_INVALID where the system's tokens must be bound and this one is not
 */
export function refuseRevoked(token: VerifiedToken, registry: Registry): void {
  const system = registry.system(token.system);
  const inStanding =
    system?.status === "active" &&
    // A token without an agency fails for that, in authorize.
    (token.agency === undefined || system.agency === token.agency) &&
    system.keys.some(({ thumbprint }) => thumbprint === token.key) &&
    !registry.suspendedSubjects.has(token.subject);
  if (!inStanding) {
    throw new Refusal("TOKEN_REVOKED", {
      headers: challenge(
        token.boundTo === undefined ? "Bearer" : "DPoP",
        "invalid_token",
        "revoked",
      ),
    });
  }
  if (system.dpop && token.boundTo === undefined) {
    throw new Refusal("DPOP_INVALID", {
      sentence: "Access tokens of this system must be bound to a key, and this one is not.",
      headers: challenge("DPoP", "invalid_token"),
    });
  }
}
