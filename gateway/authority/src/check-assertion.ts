import { errors } from "oidc-provider";

/** How long an assertion may be valid from now on, in seconds: used ids need not be kept for longer. */
export const ASSERTION_MAX_SECONDS = 300;
/** What is allowed for clocks that differ, in seconds. */
export const CLOCK_TOLERANCE_SECONDS = 15;
const MAX_JTI_LENGTH = 255;
/** RFC 7523 knows no type of its own; its revision (draft-ietf-oauth-rfc7523bis) does. */
const TYPES = new Set([undefined, "JWT", "client-authentication+jwt"]);

/**
 * What the authority demands of a client assertion (RFC 7523) beyond what oidc-provider checks: made out to this
 * issuer and nobody else, short-lived, an id of sane size.
 *
 * oidc-provider by itself accepts any of several audiences among others, and derives one of them from the request's
 * Host header: an assertion meant for another server could be replayed here.
 *
 * @throws invalid_client; the reason goes to the log only
 */
export function checkAssertion(
  claims: Record<string, unknown>,
  header: Record<string, unknown>,
  issuer: string,
  nowSeconds: number,
): void {
  const { aud, exp, jti } = claims;
  const audience = Array.isArray(aud) && aud.length === 1 ? (aud[0] as unknown) : aud;
  if (audience !== issuer && audience !== `${issuer}/token`) {
    throw new errors.InvalidClientAuth("the assertion must be made out to this issuer alone");
  }
  if (!Number.isSafeInteger(exp))
    throw new errors.InvalidClientAuth("the assertion's exp must be a whole number");
  if ((exp as number) > nowSeconds + ASSERTION_MAX_SECONDS + CLOCK_TOLERANCE_SECONDS) {
    throw new errors.InvalidClientAuth(
      `the assertion must expire within ${ASSERTION_MAX_SECONDS} seconds`,
    );
  }
  if (typeof jti !== "string" || jti.length > MAX_JTI_LENGTH) {
    throw new errors.InvalidClientAuth(
      `the assertion's jti must be a string of at most ${MAX_JTI_LENGTH} characters`,
    );
  }
  if (!TYPES.has(header.typ as string | undefined))
    throw new errors.InvalidClientAuth("the assertion's typ is another");
}
