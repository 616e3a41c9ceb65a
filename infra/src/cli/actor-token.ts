import { randomUUID } from "node:crypto";
import { decodeJwt, importJWK, type JWK, SignJWT } from "jose";

/** It is used at once. */
const ACTOR_SECONDS = 60;

/**
 * Says which officer acts: a short JWT (type `actor+jwt`) under the system's registered key, good for one request.
 * @param officer as the agency knows her
 * @param accessToken what it goes with: made out to the same audience
 */
export async function signActorToken(
  officer: string,
  { system, key, accessToken }: { system: string; key: JWK; accessToken: string },
): Promise<string> {
  const { aud = [] } = decodeJwt(accessToken);
  return await new SignJWT()
    .setProtectedHeader({
      alg: "ES256",
      typ: "actor+jwt",
      ...(key.kid !== undefined && { kid: key.kid }),
    })
    .setIssuer(system)
    .setSubject(officer)
    .setAudience(aud)
    .setJti(randomUUID())
    .setIssuedAt()
    .setExpirationTime(`${ACTOR_SECONDS}s`)
    .sign(await importJWK(key, "ES256"));
}
