import { createHash, randomUUID } from "node:crypto";
import { importJWK, type JWK, SignJWT } from "jose";

export interface DpopProof {
  /** The private key (ES256) that the token is, or is to be, bound to. */
  key: JWK;
  method: string;
  /** The address of the request; query and fragment are left out of the proof. */
  url: string;
  /** The token shown with the proof; none when the request is for one. */
  accessToken?: string;
}

/**
 * Proves for one request that its sender holds a key (DPoP, RFC 9449, section 4.2): what goes into the header `DPoP`.
 * Each proof works once, and for about a minute.
 */
export async function signDpopProof({ key, method, url, accessToken }: DpopProof): Promise<string> {
  const { kty, crv, x, y } = key;
  const { origin, pathname } = new URL(url);
  return await new SignJWT({
    htm: method,
    htu: origin + pathname,
    ...(accessToken !== undefined && {
      ath: createHash("sha256").update(accessToken).digest("base64url"),
    }),
  })
    .setProtectedHeader({ alg: "ES256", typ: "dpop+jwt", jwk: { kty, crv, x, y } as JWK })
    .setJti(randomUUID())
    .setIssuedAt()
    .sign(await importJWK(key, "ES256"));
}
