import { createPublicKey, type KeyObject } from "node:crypto";
import { catalogueError } from "@truc/contracts";
import { calculateJwkThumbprint, type JWK } from "jose";

/** A system's public key, fit to be registered. */
export interface CheckedKey {
  /** RFC 7638. */
  thumbprint: string;
  kid: string;
  /** The public members only, with `kid`, `alg` and `use`. */
  jwk: JWK;
}

/** Members of a JWK that only a private or symmetric key has (RFC 7518, sections 6.2.2, 6.3.2 and 6.4.1). */
const PRIVATE_MEMBERS = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];
const MIN_RSA_BITS = 2048;
const MIN_RSA_EXPONENT = 65_537n;
const MAX_KID = 128;

/**
 * @param given a JWK as it was sent
 * @throws REGISTRY_KEY_PRIVATE for one that holds anything private; REGISTRY_KEY_WEAK for RSA under 2048 bits or with
 *   an exponent under 65537; REGISTRY_KEY_INVALID for what is no key for ES256 or EdDSA
 */
export async function checkSystemKey(given: unknown): Promise<CheckedKey> {
  if (typeof given !== "object" || given === null || Array.isArray(given))
    throw catalogueError("REGISTRY_KEY_INVALID");
  const jwk = given as JWK;
  if (jwk.kty === "oct" || PRIVATE_MEMBERS.some((member) => member in jwk))
    throw catalogueError("REGISTRY_KEY_PRIVATE");
  const key = publicKeyOf(jwk);
  refuseWeak(key);
  const kind = kindOf(jwk, key);
  const alg = jwk.alg ?? kind.alg;
  const use = jwk.use ?? "sig";
  if (alg !== kind.alg || use !== "sig") throw catalogueError("REGISTRY_KEY_INVALID");
  const thumbprint = await calculateJwkThumbprint(kind.members);
  const kid = jwk.kid ?? thumbprint;
  if (typeof kid !== "string" || kid === "" || kid.length > MAX_KID)
    throw catalogueError("REGISTRY_KEY_INVALID");
  return { thumbprint, kid, jwk: { ...kind.members, kid, alg, use } };
}

function publicKeyOf(jwk: JWK): KeyObject {
  try {
    return createPublicKey({ key: jwk as Record<string, unknown>, format: "jwk" });
  } catch {
    throw catalogueError("REGISTRY_KEY_INVALID");
  }
}

function refuseWeak({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): void {
  if (asymmetricKeyType !== "rsa") return;
  const { modulusLength = 0, publicExponent = 0n } = asymmetricKeyDetails ?? {};
  if (modulusLength < MIN_RSA_BITS || publicExponent < MIN_RSA_EXPONENT)
    throw catalogueError("REGISTRY_KEY_WEAK");
}

/** The members that make up the key are taken from what was understood, so that one key has one form. */
function kindOf(jwk: JWK, key: KeyObject): { alg: string; members: JWK } {
  const { kty, crv, x, y } = key.export({ format: "jwk" }) as JWK;
  if (jwk.kty === "EC" && crv === "P-256")
    return { alg: "ES256", members: { kty: kty!, crv, x: x!, y: y! } };
  if (jwk.kty === "OKP" && crv === "Ed25519")
    return { alg: "EdDSA", members: { kty: kty!, crv, x: x! } };
  throw catalogueError("REGISTRY_KEY_INVALID");
}
