import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import {
  exportJWK,
  generateKeyPair,
  SignJWT,
  type CryptoKey,
  type JWK,
  type JWTPayload,
} from "jose";

/** An authorization server of the tests' own: a key pair, a JWKS address, and tokens of any shape. */
export class Issuer {
  readonly url: string;
  readonly audience = "urn:test:gateway";
  readonly keyId: string;
  readonly privateKey: CryptoKey;
  /** What the JWKS address answers; tests may add keys. */
  readonly keys: JWK[];
  /** How often the JWKS address was asked. */
  reads = 0;
  readonly #server: Server;

  private constructor(server: Server, privateKey: CryptoKey, publicKey: JWK) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    this.privateKey = privateKey;
    this.keys = [publicKey];
    this.keyId = publicKey.kid ?? "";
    server.on("request", (_request, response) => {
      this.reads += 1;
      response
        .setHeader("content-type", "application/json")
        .end(JSON.stringify({ keys: this.keys }));
    });
  }

  static async start(): Promise<Issuer> {
    const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
    const jwk = { ...(await exportJWK(publicKey)), kid: "test-1", alg: "ES256", use: "sig" };
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new Issuer(server, privateKey, jwk);
  }

  /** Claims of a good token; overrides replace them, `undefined` takes one away. */
  claims(overrides: Record<string, unknown> = {}): JWTPayload {
    const now = Math.floor(Date.now() / 1000);
    const claims: Record<string, unknown> = {
      iss: this.url,
      aud: this.audience,
      exp: now + 600,
      iat: now,
      jti: crypto.randomUUID(),
      sub: "pairwise-subject",
      client_id: "test-system",
      agency: "test-agency",
      purpose: "TEST",
      scope: "",
      ...overrides,
    };
    return Object.fromEntries(
      Object.entries(claims).filter(([, value]) => value !== undefined),
    ) as JWTPayload;
  }

  /** A signed token; header parameters replace the good ones. */
  async token(
    overrides: Record<string, unknown> = {},
    header: Record<string, unknown> = {},
  ): Promise<string> {
    return await new SignJWT(this.claims(overrides))
      .setProtectedHeader({ alg: "ES256", typ: "at+jwt", kid: this.keyId, ...header })
      .sign(this.privateKey);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
