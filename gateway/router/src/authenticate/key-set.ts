import type { webcrypto } from "node:crypto";
import {
  createRemoteJWKSet,
  customFetch,
  errors,
  type JWTVerifyGetKey,
  type RemoteJWKSet,
} from "jose";

const MIN_RSA_EXPONENT = 65_537n;
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
      refuseWeak(key);
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

/** jose refuses RSA keys of less than 2,048 bits, but takes any exponent, and one of 1 makes every signature valid. */
function refuseWeak({ algorithm }: webcrypto.CryptoKey): void {
  if (!("publicExponent" in algorithm)) return;
  const { publicExponent } = algorithm as webcrypto.RsaKeyAlgorithm;
  if (BigInt(`0x${Buffer.from(publicExponent).toString("hex")}`) < MIN_RSA_EXPONENT)
    throw new Error("the authority's RSA key is too weak");
}
