import { calculateJwkThumbprint, compactVerify, importJWK, type JWK } from "jose";

/**
 * Which of a system's keys has signed an assertion that was found good: the one it names, which within a system is one,
 * or, where it names none, the one that verifies it. A token of it is refused everywhere once that key is suspended.
 *
 * @param keys the system's active keys
 * @returns the key's thumbprint (RFC 7638); null when it is none of them
 */
export async function signingKeyOf(
  assertion: string,
  kid: unknown,
  keys: readonly JWK[],
): Promise<string | null> {
  for (const key of keys) {
    if (kid === undefined ? await verifies(assertion, key) : key.kid === kid)
      return await calculateJwkThumbprint(key);
  }
  return null;
}

async function verifies(assertion: string, key: JWK): Promise<boolean> {
  try {
    await compactVerify(assertion, await importJWK(key, key.alg ?? "ES256"));
    return true;
  } catch {
    return false;
  }
}
