import { createRemoteJWKSet, jwtVerify } from "jose";
import { LRUCache } from "lru-cache";

/**
 * Checks the caller's token as Truc does, and remembers it until it expires: what a peer is given where it has no cache
 * of its own. JWKS_URL, TOKEN_ISSUER and TOKEN_AUDIENCE come from the environment.
 */
const keys = createRemoteJWKSet(new URL(process.env.JWKS_URL));
const known = new LRUCache({ max: 10_000 });
const options = {
  issuer: process.env.TOKEN_ISSUER,
  audience: process.env.TOKEN_AUDIENCE,
  algorithms: ["ES256"],
  typ: "at+jwt",
};

/** @throws when the header holds no valid token */
export async function verifyToken(header) {
  const token = header?.startsWith("Bearer ") ? header.slice(7) : "";
  const claims = known.get(token);
  if (claims !== undefined && claims.exp * 1000 > Date.now()) return claims;
  const { payload } = await jwtVerify(token, keys, options);
  known.set(token, payload);
  return payload;
}
