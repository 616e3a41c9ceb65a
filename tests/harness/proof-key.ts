import { createHash, KeyObject, sign } from "node:crypto";
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type CryptoKey, type JWK } from "jose";

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

/** A key that access tokens are bound to, and the proofs of possession it makes (RFC 9449, section 4.2). */
export class ProofKey {
  readonly privateKey: CryptoKey;
  readonly jwk: JWK;
  /** RFC 7638: what stands in a bound token as `cnf.jkt`. */
  readonly thumbprint: string;

  private constructor(privateKey: CryptoKey, jwk: JWK, thumbprint: string) {
    this.privateKey = privateKey;
    this.jwk = jwk;
    this.thumbprint = thumbprint;
  }

  static async make(): Promise<ProofKey> {
    const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
    const jwk = await exportJWK(publicKey);
    return new ProofKey(privateKey, jwk, await calculateJwkThumbprint(jwk));
  }

  /**
   * A proof for a POST, put together by hand, so that nothing a library would refuse to make is out of reach; claims and
   * header replace the good ones.
   */
  proof(
    token: string,
    claims: Record<string, unknown> & { htu: unknown },
    header: Record<string, unknown> = {},
  ): string {
    const all = {
      jti: crypto.randomUUID(),
      htm: "POST",
      iat: Math.floor(Date.now() / 1_000),
      ath: createHash("sha256").update(token).digest("base64url"),
      ...claims,
    };
    const protectedHeader = { typ: "dpop+jwt", alg: "ES256", jwk: this.jwk, ...header };
    const input = `${encode(protectedHeader)}.${encode(all)}`;
    const signature = sign("sha256", Buffer.from(input), {
      key: KeyObject.from(this.privateKey as never),
      dsaEncoding: "ieee-p1363",
    });
    return `${input}.${signature.toString("base64url")}`;
  }
}
