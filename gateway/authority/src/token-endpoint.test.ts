import {
  calculateJwkThumbprint,
  createRemoteJWKSet,
  decodeJwt,
  exportJWK,
  generateKeyPair,
  type JWK,
  jwtVerify,
} from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { requestToken } from "./request-token.ts";
import { makeSystemKey } from "./system-key.ts";
import { tablesOf } from "./tables.ts";
import { startTestAuthority, type TestAuthority } from "./test-authority.ts";
import { TokenRequests } from "./test-token-requests.ts";

let authority: TestAuthority;
let requests: TokenRequests;
beforeAll(async () => {
  authority = await startTestAuthority();
  requests = new TokenRequests(authority);
});
afterAll(() => authority.stop());

describe("discovery", () => {
  test.each(["openid-configuration", "oauth-authorization-server"])(
    "%s announces what is served",
    async (name) => {
      const response = await fetch(`${authority.issuer}/.well-known/${name}`);
      const { issuer } = authority;
      expect(await response.json()).toEqual({
        issuer,
        token_endpoint: `${issuer}/token`,
        jwks_uri: `${issuer}/jwks`,
        grant_types_supported: ["client_credentials"],
        response_types_supported: [],
        subject_types_supported: ["public"],
        id_token_signing_alg_values_supported: ["ES256"],
        token_endpoint_auth_methods_supported: ["private_key_jwt"],
        token_endpoint_auth_signing_alg_values_supported: ["ES256", "EdDSA", "Ed25519"],
        dpop_signing_alg_values_supported: ["ES256", "EdDSA", "Ed25519"],
      });
      expect(response.headers.get("cache-control")).toBe("public, max-age=300");
    },
  );

  test("the key set holds public keys only", async () => {
    const { keys } = (await (await fetch(`${authority.issuer}/jwks`)).json()) as { keys: JWK[] };
    expect(keys).toHaveLength(1);
    expect(Object.keys(keys[0]!).sort()).toEqual(["alg", "crv", "kid", "kty", "use", "x", "y"]);
  });

  test("what is not announced does not exist", async () => {
    for (const path of [
      "/auth",
      "/me",
      "/session/end",
      "/token/introspection",
      "/reg",
      "/interaction/x",
    ]) {
      const response = await fetch(authority.issuer + path, { headers: { accept: "text/html" } });
      expect([path, response.status]).toEqual([path, 404]);
      expect(await response.json()).toMatchObject({
        errors: [{ extensions: { code: "NOT_FOUND" } }],
      });
    }
  });

  test("the health endpoints answer", async () => {
    expect((await fetch(`${authority.issuer}/health/live`)).status).toBe(200);
    expect((await fetch(`${authority.issuer}/health/ready`)).status).toBe(200);
  });
});

describe("a token", () => {
  test("carries exactly the claims of RFC 9068 and the platform", async () => {
    const before = Math.floor(Date.now() / 1000);
    const issued = await requestToken({
      issuer: authority.issuer,
      clientId: "reader",
      privateKey: authority.privateKeys["reader"]!,
      purpose: "LENDING",
      scope: "books:title",
    });
    expect(issued).toMatchObject({ expiresIn: 600, scope: "books:title" });
    const { payload, protectedHeader } = await jwtVerify(
      issued.accessToken,
      createRemoteJWKSet(new URL(`${authority.issuer}/jwks`)),
      {
        issuer: authority.issuer,
        audience: "urn:truc:gateway",
        typ: "at+jwt",
        algorithms: ["ES256"],
      },
    );
    expect(protectedHeader).toEqual({ alg: "ES256", typ: "at+jwt", kid: expect.any(String) });
    const iat = payload.iat!;
    expect(payload).toEqual({
      iss: authority.issuer,
      aud: "urn:truc:gateway",
      client_id: "reader",
      agency: "archive",
      purpose: "LENDING",
      key: authority.privateKeys["reader"]!.kid,
      scope: "books:title",
      sub: "reader",
      jti: expect.stringMatching(/^.{16,}$/),
      iat,
      nbf: iat,
      exp: iat + 600,
    });
    expect(iat).toBeGreaterThanOrEqual(before);
  });

  test("covers all of the grant when no scope is asked for", async () => {
    const { status, body } = await requests.post(await requests.form());
    expect([status, body["scope"], body["token_type"], body["expires_in"]]).toEqual([
      200,
      "books:loan books:title",
      "Bearer",
      600,
    ]);
  });

  describe("names the key that signed the assertion", () => {
    const keys: Record<string, JWK> = {};
    beforeAll(async () => {
      const { publicKey, privateKey } = await makeSystemKey();
      const edwards = await generateKeyPair("Ed25519", { extractable: true });
      const jwk = await exportJWK(edwards.publicKey);
      const marks = { kid: "edwards", alg: "EdDSA" };
      keys["second"] = privateKey;
      keys["edwards"] = { ...(await exportJWK(edwards.privateKey)), ...marks };
      const row = { system: "reader", status: "active" } as const;
      await tablesOf(authority.database)
        .insertInto("system_key")
        .values([
          {
            ...row,
            thumbprint: publicKey.kid!,
            kid: publicKey.kid!,
            jwk: JSON.stringify(publicKey),
          },
          {
            ...row,
            thumbprint: await calculateJwkThumbprint(jwk),
            kid: "edwards",
            jwk: JSON.stringify({ ...jwk, ...marks, use: "sig" }),
          },
        ])
        .execute();
    });

    test.each<[what: string, key: () => JWK, header: object]>([
      ["the first of several", () => authority.privateKeys["reader"]!, {}],
      ["the second", () => keys["second"]!, {}],
      ["one of Ed25519", () => keys["edwards"]!, { alg: "EdDSA" }],
      ["one that it does not name", () => keys["second"]!, { kid: undefined }],
      [
        "one of Ed25519 that it does not name",
        () => keys["edwards"]!,
        { alg: "EdDSA", kid: undefined },
      ],
    ])("%s", async (_what, key, header) => {
      const assertion = await requests.assertion({ key: key(), header: { ...header } });
      const { status, body } = await requests.post(
        await requests.form({ client_assertion: assertion }),
      );
      expect([status, body["error"]]).toEqual([200, undefined]);
      expect(decodeJwt(body["access_token"] as string)["key"]).toBe(
        await calculateJwkThumbprint(key()),
      );
    });
  });

  test("neither it nor the assertion is in the log", async () => {
    const sent = await requests.form();
    const { body } = await requests.post(sent);
    const log = authority.log.join("");
    expect(log).toContain("token given");
    expect(log).not.toContain(sent["client_assertion"]!.split(".")[2]);
    expect(log).not.toContain((body["access_token"] as string).split(".")[2]);
  });
});

test.each(["/authorize", "/authorize/x"])(
  "where people do not sign in, %s says so",
  async (path) => {
    const response = await fetch(authority.issuer + path);
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({
      errors: [
        {
          message: "People cannot sign in at this authority.",
          extensions: { code: "SIGN_IN_OFF" },
        },
      ],
    });
  },
);

test("no address of the discovery document follows the Host header", async () => {
  const metadata = JSON.parse(
    await requests.asElsewhere("GET", "/.well-known/openid-configuration"),
  ) as object;
  expect(metadata).toMatchObject({
    token_endpoint: `${authority.issuer}/token`,
    jwks_uri: `${authority.issuer}/jwks`,
  });
});
