import { createPublicKey } from "node:crypto";
import {
  createRemoteJWKSet,
  customFetch,
  errors,
  type JWK,
  type JWTVerifyGetKey,
  type RemoteJWKSet,
} from "jose";

const MIN_RSA_BITS = 2048;
/** A key id nobody knows makes the set be read again, but at most this often. */
const COOLDOWN_MS = 10_000;
const MAX_AGE_MS = 5 * 60_000;
const TIMEOUT_MS = 3_000;

/**
 * The authority's public keys, read from its JWKS address and read again when a token names a key that is not among
 * them (at most once in ten seconds) and every five minutes, which is sooner than a new key signs.
 */
export class KeySet {
  readonly key: JWTVerifyGetKey;
  readonly #remote: RemoteJWKSet;

  constructor(url: string) {
    this.#remote = createRemoteJWKSet(new URL(url), {
      cooldownDuration: COOLDOWN_MS,
      cacheMaxAge: MAX_AGE_MS,
      timeoutDuration: TIMEOUT_MS,
      [customFetch]: fetchKeys,
    });
    this.key = async (header, token) => {
      const key = await this.#remote(header, token).catch((error: unknown) => {
        throw error instanceof errors.JWKSTimeout
          ? new KeySetUnavailable("it did not answer in time")
          : error;
      });
      // Without a key id jose takes the one key that fits; any of them must then be strong.
      const keys = this.#remote.jwks()?.keys ?? [];
      for (const jwk of keys)
        if (header?.kid === undefined || jwk.kid === header.kid) refuseWeak(jwk);
      return key;
    };
  }

  /** Whether the keys could be read. */
  async ready(): Promise<boolean> {
    if (this.#remote.jwks() !== undefined) return true;
    return await this.#remote.reload().then(
      () => true,
      () => false,
    );
  }
}

/** The authority's keys could not be read: no token is at fault. */
export class KeySetUnavailable extends Error {
  override readonly name = "KeySetUnavailable";
}

async function fetchKeys(url: string, options: RequestInit): Promise<Response> {
  const response = await fetch(url, options).catch((cause: unknown) => {
    throw new KeySetUnavailable("it cannot be reached", { cause });
  });
  if (response.status !== 200) throw new KeySetUnavailable(`it answered ${response.status}`);
  return response;
}

/** jose takes RSA keys of any size, and an exponent of 1 makes every signature valid. */
function refuseWeak(jwk: JWK): void {
  if (jwk.kty !== "RSA") return;
  const details = createPublicKey({ key: jwk as never, format: "jwk" }).asymmetricKeyDetails;
  const bits = details?.modulusLength ?? 0;
  const exponent = details?.publicExponent ?? 0n;
  if (bits < MIN_RSA_BITS || exponent < 65_537n)
    throw new Error("the authority's RSA key is too weak");
}
