import { createHash, createHmac, generateKeyPairSync, sign } from "node:crypto";
import { request as httpRequest } from "node:http";
import { calculateJwkThumbprint, exportJWK, type JWK } from "jose";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { ProofKey } from "../harness/proof-key.ts";
import { TestAuthority, type TestSystem } from "../harness/test-authority.ts";
import { composeSupergraph, TestRouter } from "../harness/test-router.ts";

const PUBLIC = "https://api.example.org/graphql";
const SUPERGRAPH = composeSupergraph([
  {
    name: "any",
    url: "http://127.0.0.1:9/graphql",
    schema:
      'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3") type Query { a: Int }',
  },
]);
const now = (): number => Math.floor(Date.now() / 1_000);
const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

/** A proof for the router's public address; claims and header replace the good ones. */
const proof = (
  by: ProofKey,
  token: string,
  claims: Record<string, unknown> = {},
  header: Record<string, unknown> = {},
): string => by.proof(token, { htu: PUBLIC, ...claims }, header);

let authority: TestAuthority;
let system: TestSystem;
let router: TestRouter;
let key: ProofKey;
let bound: string;

beforeAll(async () => {
  authority = await TestAuthority.start();
  system = await authority.system("office");
  authority.grant("office", "LAND");
  router = await TestRouter.start(SUPERGRAPH, { PUBLIC_URL: PUBLIC }, authority);
  key = await ProofKey.make();
  bound = await authority.token(system, { purpose: "LAND", cnf: { jkt: key.thumbprint } });
});
afterAll(async () => {
  await router.stop();
  await authority.stop();
});

async function send(
  authorization: string,
  dpop?: string,
  { url = router.url, method = "POST" }: { url?: string; method?: string } = {},
): Promise<{ status: number; code: unknown; challenge: string | null }> {
  const body = JSON.stringify({ query: "{ __typename }" });
  const response = await fetch(url, {
    method,
    headers: {
      authorization,
      "content-type": "application/json",
      ...(dpop === undefined ? {} : { dpop }),
    },
    ...(method === "GET" ? {} : { body }),
  });
  const answer = (await response.json()) as {
    data?: { __typename: string };
    errors?: { extensions: { code: string } }[];
  };
  return {
    status: response.status,
    code: answer.errors?.[0]?.extensions.code ?? answer.data?.__typename,
    challenge: response.headers.get("www-authenticate"),
  };
}
const ALGS = 'DPoP algs="ES256 EdDSA"';
const unproven = {
  status: 401,
  code: "DPOP_INVALID",
  challenge: `${ALGS}, error="invalid_dpop_proof"`,
};
const answered = { status: 200, code: "Query", challenge: null };

describe("a bound token", () => {
  test("with a proof is let in, by either spelling of the scheme", async () => {
    expect(await send(`DPoP ${bound}`, proof(key, bound))).toEqual(answered);
    expect(await send(`dpop ${bound}`, proof(key, bound))).toEqual(answered);
  });

  test("as plain bearer is refused, with a proof beside it too", async () => {
    const refused = {
      status: 401,
      code: "DPOP_INVALID",
      challenge: `${ALGS}, error="invalid_token"`,
    };
    expect(await send(`Bearer ${bound}`)).toEqual(refused);
    expect(await send(`Bearer ${bound}`, proof(key, bound))).toEqual(refused);
  });

  test("without a proof", async () => {
    expect(await send(`DPoP ${bound}`)).toEqual(unproven);
    expect(await send(`DPoP ${bound}`, "")).toEqual(unproven);
  });

  test("with a proof that was used before", async () => {
    const once = proof(key, bound);
    expect(await send(`DPoP ${bound}`, once)).toEqual(answered);
    expect(await send(`DPoP ${bound}`, once)).toEqual(unproven);
    const again = { jti: "mine", iat: now() - 1 };
    expect(await send(`DPoP ${bound}`, proof(key, bound, { jti: "mine" }))).toEqual(answered);
    expect(await send(`DPoP ${bound}`, proof(key, bound, again))).toEqual(unproven);
  });

  test("with two proofs", async () => {
    const status = await new Promise((resolve, reject) => {
      const request = httpRequest(router.url, { method: "POST" }, (response) => {
        response.resume();
        resolve([response.statusCode, response.headers["www-authenticate"]]);
      });
      request.on("error", reject);
      request.setHeader("content-type", "application/json");
      request.setHeader("authorization", `DPoP ${bound}`);
      request.setHeader("dpop", [proof(key, bound), proof(key, bound)]);
      request.end(JSON.stringify({ query: "{ __typename }" }));
    });
    expect(status).toEqual([401, unproven.challenge]);
  });

  test("with another key's proof, or one whose key was swapped", async () => {
    const thief = await ProofKey.make();
    expect(await send(`DPoP ${bound}`, proof(thief, bound))).toEqual(unproven);
    expect(await send(`DPoP ${bound}`, proof(thief, bound, {}, { jwk: key.jwk }))).toEqual(
      unproven,
    );
  });

  test("of another key, with the proof of this one", async () => {
    const thief = await ProofKey.make();
    const theirs = await authority.token(system, {
      purpose: "LAND",
      cnf: { jkt: thief.thumbprint },
    });
    expect(await send(`DPoP ${theirs}`, proof(key, theirs))).toEqual(unproven);
  });

  test.each([
    ["for another method", { htm: "GET" }],
    ["for the method in small letters", { htm: "post" }],
    ["for another path", { htu: "https://api.example.org/other" }],
    ["for another host", { htu: "https://other.example.org/graphql" }],
    ["for http", { htu: "http://api.example.org/graphql" }],
    ["for a host that only begins alike", { htu: "https://api.example.org.evil.org/graphql" }],
    ["with a name before the host", { htu: "https://api.example.org@evil.org/graphql" }],
    ["for no address", { htu: "graphql" }],
    ["made too long ago", { iat: now() - 90 }],
    ["of the future", { iat: now() + 600 }],
    ["of no number", { iat: "now" }],
    ["that has expired", { exp: now() - 30 }],
    ["for another token", { ath: createHash("sha256").update("x").digest("base64url") }],
    ["for no token", { ath: undefined }],
    ["without jti", { jti: undefined }],
    ["with a jti of 300 letters", { jti: "j".repeat(300) }],
    ["without htm", { htm: undefined }],
    ["without htu", { htu: undefined }],
    ["without iat", { iat: undefined }],
  ])("with a proof %s", async (_case, claims) => {
    expect(await send(`DPoP ${bound}`, proof(key, bound, claims))).toEqual(unproven);
  });

  test.each([
    ["another type", { typ: "JWT" }],
    ["no type", { typ: undefined }],
    ["no key", { jwk: undefined }],
    ["a key of no form", { jwk: { kty: "EC" } }],
    ["alg none", { alg: "none" }],
    ["an algorithm that is not on the list", { alg: "ES384" }],
    ["unknown crit", { crit: ["urn:x"], "urn:x": 1 }],
  ])("with a proof of %s", async (_case, header) => {
    expect(await send(`DPoP ${bound}`, proof(key, bound, {}, header))).toEqual(unproven);
  });

  test("with a proof that brings its private key along", async () => {
    const jwk = await exportJWK(key.privateKey);
    expect(await send(`DPoP ${bound}`, proof(key, bound, {}, { jwk }))).toEqual(unproven);
  });

  test("with a proof under a weak RSA key, or a secret", async () => {
    const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 1024 });
    const rsa = publicKey.export({ format: "jwk" }) as JWK;
    const oct: JWK = { kty: "oct", k: Buffer.from("secret").toString("base64url") };
    for (const [jwk, alg, signed] of [
      [rsa, "RS256", (input: string) => sign("sha256", Buffer.from(input), privateKey)],
      [oct, "HS256", (input: string) => createHmac("sha256", "secret").update(input).digest()],
    ] as const) {
      const jkt = await calculateJwkThumbprint(jwk);
      const token = await authority.token(system, { purpose: "LAND", cnf: { jkt } });
      const [, payload] = proof(key, token).split(".");
      const input = `${encode({ typ: "dpop+jwt", alg, jwk })}.${payload}`;
      const made = `${input}.${signed(input).toString("base64url")}`;
      expect(await send(`DPoP ${token}`, made)).toEqual(unproven);
    }
  });

  test("by GET: the query is no part of the address", async () => {
    const url = `${router.url}?query=${encodeURIComponent("{ __typename }")}`;
    const made = proof(key, bound, { htm: "GET", htu: `${PUBLIC}?query=other#part` });
    expect(await send(`DPoP ${bound}`, made, { url, method: "GET" })).toEqual(answered);
  });

  test("that is over, or not the issuer's, is refused in the scheme it was shown in", async () => {
    const cnf = { jkt: key.thumbprint };
    const old = await authority.token(system, { cnf, iat: now() - 700, exp: now() - 100 });
    expect(await send(`DPoP ${old}`, proof(key, old))).toEqual({
      status: 401,
      code: "TOKEN_EXPIRED",
      challenge: `${ALGS}, error="invalid_token", error_description="expired"`,
    });
    const { challenge } = await send(`DPoP ${bound}x`, proof(key, `${bound}x`));
    expect(challenge).toBe(`${ALGS}, error="invalid_token"`);
  });

  test("bound to a certificate, or to a thumbprint that is none, is refused", async () => {
    for (const cnf of [
      { "x5t#S256": "A".repeat(43) },
      { jkt: 7 },
      { jkt: "short" },
      {},
      { jkt: key.thumbprint, "x5t#S256": "A".repeat(43) },
    ]) {
      const token = await authority.token(system, { purpose: "LAND", cnf });
      const { status, code } = await send(`DPoP ${token}`, proof(key, token));
      expect([status, code]).toEqual([401, "TOKEN_INVALID"]);
      expect((await send(`Bearer ${token}`)).code).toBe("TOKEN_INVALID");
    }
  });
});

describe("an unbound token", () => {
  test("under the scheme DPoP is refused, with a proof and without", async () => {
    const token = await authority.token(system, { purpose: "LAND" });
    const refused = {
      status: 401,
      code: "DPOP_INVALID",
      challenge: `${ALGS}, error="invalid_token"`,
    };
    expect(await send(`DPoP ${token}`, proof(key, token))).toEqual(refused);
    expect(await send(`DPoP ${token}`)).toEqual(refused);
    expect(await send(`Bearer ${token}`)).toEqual(answered);
  });

  test("of a system whose tokens must be bound is refused, its bound ones are not", async () => {
    const strict = await authority.system("strict-office", { dpop: true });
    authority.grant("strict-office", "LAND");
    const token = await authority.token(strict, { purpose: "LAND" });
    const cnf = { jkt: key.thumbprint };
    const strictlyBound = await authority.token(strict, { purpose: "LAND", cnf });
    await vi.waitFor(
      async () =>
        expect(await send(`DPoP ${strictlyBound}`, proof(key, strictlyBound))).toEqual(answered),
      10_000,
    );
    expect(await send(`Bearer ${token}`)).toEqual({
      status: 401,
      code: "DPOP_INVALID",
      challenge: `${ALGS}, error="invalid_token"`,
    });
  });
});

test("nobody's token: both ways to show one are named", async () => {
  const response = await fetch(router.url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: "{}",
  });
  expect([response.status, response.headers.get("www-authenticate")]).toEqual([
    401,
    `Bearer, ${ALGS}`,
  ]);
});

test("without a setting the address is the router's own, whatever the request says its host is", async () => {
  const plain = await TestRouter.start(SUPERGRAPH, {}, authority);
  const host = { host: "api.example.org", "x-forwarded-host": "api.example.org" };
  const ask = async (htu: string) =>
    await new Promise((resolve, reject) => {
      const headers = {
        ...host,
        "content-type": "application/json",
        authorization: `DPoP ${bound}`,
        dpop: proof(key, bound, { htu }),
      };
      const request = httpRequest(plain.url, { method: "POST", headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      request.on("error", reject);
      request.end(JSON.stringify({ query: "{ __typename }" }));
    });
  expect([
    await ask(plain.url),
    await ask("http://api.example.org/graphql"),
    await ask("https://api.example.org/graphql"),
  ]).toEqual([200, 401, 401]);
  await plain.stop();
});
