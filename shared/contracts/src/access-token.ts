import * as z from "zod";

const NumericDate = z.number().int().min(0).max(253_402_300_799);
const Opaque = z.string().min(1).max(255);

/**
 * Claims of an access token (RFC 9068, `typ: at+jwt`). Issuer, audience, lifetime and signature are checked by the
 * verifier; this is the shape of what is then believed.
 */
export const AccessTokenClaims = z.object({
  iss: z.string().min(1),
  aud: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]),
  exp: NumericDate,
  iat: NumericDate,
  nbf: NumericDate.optional(),
  jti: Opaque,
  sub: Opaque,
  client_id: Opaque,
  /** Space-separated (RFC 8693, section 4.2). */
  scope: z.string().max(4096).optional(),
  agency: Opaque.optional(),
  purpose: Opaque.optional(),
  /** Thumbprint (RFC 7638) of the system's key that signed the request for this token: suspended with the key. */
  key: Opaque.optional(),
  /** Proof of possession (RFC 7800); a bound token is refused as plain bearer. */
  cnf: z.record(z.string(), z.unknown()).optional(),
});
export type AccessTokenClaims = z.infer<typeof AccessTokenClaims>;
export const MAX_TOKEN_BYTES = 8 * 1024;
