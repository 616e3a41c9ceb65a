import { createHmac, generateKeyPairSync, KeyObject, sign } from "node:crypto";
import { exportSPKI, importJWK } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { composeSupergraph, TestRouter } from "../harness/test-router.ts";

/** Every request of this file asks for nothing but the root's type name, which needs a good token and no subgraph. */
const QUERY = "{ __typename }";
const SUPERGRAPH = composeSupergraph([
  {
    name: "any",
    url: "http://127.0.0.1:9/graphql",
    schema:
      'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3") type Query { a: Int }',
  },
]);

const encode = (value: unknown): string =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");

/** A JWS put together by hand, so that nothing a library would refuse to make is out of reach. */
function compact(header: unknown, payload: unknown, signature: (input: string) => Buffer): string {
  const input = `${encode(header)}.${encode(payload)}`;
  return `${input}.${signature(input).toString("base64url")}`;
}
const es256 =
  (key: KeyObject) =>
  (input: string): Buffer =>
    sign("sha256", Buffer.from(input), { key, dsaEncoding: "ieee-p1363" });

describe("tokens", () => {
  let router: TestRouter;
  let key: KeyObject;
  let publicPem: string;

  beforeAll(async () => {
    router = await TestRouter.start(SUPERGRAPH, { GRANTS: "token" });
    key = KeyObject.from(router.issuer.privateKey as never);
    publicPem = await exportSPKI((await importJWK(router.issuer.keys[0]!, "ES256")) as never);
  });
  afterAll(async () => await router.stop());

  const ask = async (token: string): Promise<{ status: number; code: unknown }> => {
    const { status, body } = await router.ask(QUERY, { token });
    return { status, code: body.errors?.[0]?.extensions["code"] ?? body.data?.["__typename"] };
  };
  const good = { alg: "ES256", typ: "at+jwt", kid: "test-1" };
  const refused = { status: 401, code: "TOKEN_INVALID" };

  test("a good token is let in, by either spelling of its type", async () => {
    expect(await ask(await router.issuer.token())).toEqual({ status: 200, code: "Query" });
    expect(await ask(await router.issuer.token({}, { typ: "application/at+jwt" }))).toEqual({
      status: 200,
      code: "Query",
    });
    expect(
      await ask(await router.issuer.token({ aud: ["other", router.issuer.audience] })),
    ).toEqual({ status: 200, code: "Query" });
  });

  test("alg none", async () => {
    const claims = router.issuer.claims();
    expect(await ask(compact({ ...good, alg: "none" }, claims, () => Buffer.alloc(0)))).toEqual(
      refused,
    );
    expect(await ask(compact({ ...good, alg: "none" }, claims, es256(key)))).toEqual(refused);
    expect(await ask(`${encode({ ...good, alg: "none" })}.${encode(claims)}.`)).toEqual(refused);
  });

  test("RS/HS confusion: the public key as an HMAC secret", async () => {
    for (const secret of [publicPem, publicPem.trim(), JSON.stringify(router.issuer.keys[0])]) {
      const token = compact({ ...good, alg: "HS256" }, router.issuer.claims(), (input) =>
        createHmac("sha256", secret).update(input).digest(),
      );
      expect(await ask(token)).toEqual(refused);
    }
  });

  test.each(["jwk", "jku", "x5u", "x5c"])("a key brought along in %s", async (parameter) => {
    const own = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const value = {
      jwk: own.publicKey.export({ format: "jwk" }),
      jku: "http://127.0.0.1:9/keys",
      x5u: "http://127.0.0.1:9/cert",
      x5c: ["MIIB"],
    };
    const header = { ...good, [parameter]: value[parameter as keyof typeof value] };
    expect(await ask(compact(header, router.issuer.claims(), es256(own.privateKey)))).toEqual(
      refused,
    );
    // Even under the right key: a header that points elsewhere is never honest.
    expect(await ask(compact(header, router.issuer.claims(), es256(key)))).toEqual(refused);
  });

  test.each(["../../../../etc/passwd", "test-1' OR '1'='1", "test-1\u0000", "", "__proto__"])(
    "a kid of %j",
    async (kid) => {
      expect(await ask(compact({ ...good, kid }, router.issuer.claims(), es256(key)))).toEqual(
        refused,
      );
    },
  );

  test("no kid: the issuer's only key is meant, and nobody's when it has two that fit", async () => {
    const { kid: _, ...header } = good;
    const unnamed = compact(header, router.issuer.claims(), es256(key));
    expect(await ask(unnamed)).toEqual({ status: 200, code: "Query" });
    const two = await TestRouter.start(SUPERGRAPH);
    two.issuer.keys.push({ ...router.issuer.keys[0]!, kid: "test-2" });
    const ambiguous = compact(
      header,
      two.issuer.claims(),
      es256(KeyObject.from(two.issuer.privateKey as never)),
    );
    expect((await two.ask(QUERY, { token: ambiguous })).status).toBe(401);
    await two.stop();
  });

  test("an unknown crit", async () => {
    const token = compact(
      { ...good, crit: ["urn:x"], "urn:x": 1 },
      router.issuer.claims(),
      es256(key),
    );
    expect(await ask(token)).toEqual(refused);
  });

  test("ES256 with r = s = 0, and a signature in DER", async () => {
    expect(await ask(compact(good, router.issuer.claims(), () => Buffer.alloc(64)))).toEqual(
      refused,
    );
    expect(
      await ask(
        compact(good, router.issuer.claims(), (input) => sign("sha256", Buffer.from(input), key)),
      ),
    ).toEqual(refused);
  });

  test.each(["iss", "aud", "exp", "iat", "jti", "sub", "client_id"])(
    "a missing %s",
    async (claim) => {
      expect(await ask(await router.issuer.token({ [claim]: undefined }))).toEqual(refused);
    },
  );

  test.each([
    ["another issuer", { iss: "http://127.0.0.1:9" }],
    ["another audience", { aud: "urn:other" }],
    ["a numeric subject", { sub: 12 }],
    ["an endless lifetime", { exp: Infinity }],
    ["a lifetime that is no number", { exp: "9999999999" }],
    ["scopes that are a list", { scope: ["a"] }],
    ["not valid yet", { nbf: Math.floor(Date.now() / 1000) + 3600 }],
    ["bound to a key, sent as plain bearer", { cnf: { jkt: "thumb" } }],
  ])("%s", async (_title, claims) => {
    // JSON has no infinity, but it has 1e400, and readers make infinity of it.
    const payload = JSON.stringify(router.issuer.claims(claims)).replace(
      '"exp":null',
      '"exp":1e400',
    );
    expect(await ask(compact(good, payload, es256(key)))).toEqual(refused);
  });

  test("an expired token says so", async () => {
    const past = Math.floor(Date.now() / 1000) - 60;
    expect(await ask(await router.issuer.token({ exp: past, iat: past - 600 }))).toEqual({
      status: 401,
      code: "TOKEN_EXPIRED",
    });
  });

  test("an ID token used as an access token", async () => {
    for (const typ of ["JWT", "id_token+jwt", "dpop+jwt", undefined]) {
      expect(await ask(compact({ ...good, typ }, router.issuer.claims(), es256(key)))).toEqual(
        refused,
      );
    }
  });

  test("duplicate claims", async () => {
    const payload = JSON.stringify(router.issuer.claims()).replace("{", '{"scope":"everything",');
    expect(await ask(compact(good, payload, es256(key)))).toEqual(refused);
    const header = JSON.stringify(good).replace("{", '{"alg":"none",');
    expect(await ask(compact(header, router.issuer.claims(), es256(key)))).toEqual(refused);
  });

  test("over 8 KiB", async () => {
    const token = await router.issuer.token({ padding: "x".repeat(8 * 1024) });
    expect(await ask(token)).toEqual(refused);
  });

  test("trailing data", async () => {
    const token = await router.issuer.token();
    for (const odd of [`${token}.${encode({})}`, `${token}=`, `${token},${token}`, `${token}%20`]) {
      expect(await ask(odd)).toEqual(refused);
    }
  });

  test("a payload or a header that is no JSON object", async () => {
    for (const payload of ["[]", '"text"', "{", "null", "\u0000"]) {
      expect(await ask(compact(good, payload, es256(key)))).toEqual(refused);
    }
    expect(await ask(`%%%.${encode({})}.${encode("")}`)).toEqual(refused);
  });

  test("a changed claim under the old signature", async () => {
    const [header, , signature] = (await router.issuer.token({ scope: "one" })).split(".");
    expect(
      await ask(`${header}.${encode(router.issuer.claims({ scope: "one two" }))}.${signature}`),
    ).toEqual(refused);
  });

  test("weak RSA keys among the issuer's, were RS256 allowed", async () => {
    const lax = await TestRouter.start(SUPERGRAPH, { TOKEN_ALGORITHMS: "ES256,RS256" });
    const weak = generateKeyPairSync("rsa", { modulusLength: 1024 });
    const low = generateKeyPairSync("rsa", { modulusLength: 2048, publicExponent: 3 });
    const strong = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const listed = (pair: typeof weak, kid: string): object => ({
      ...pair.publicKey.export({ format: "jwk" }),
      kid,
      use: "sig",
      alg: "RS256",
    });
    lax.issuer.keys.push(
      listed(weak, "weak") as never,
      listed(low, "low") as never,
      listed(strong, "strong") as never,
    );
    const token = (pair: typeof weak, kid: string): string =>
      compact({ alg: "RS256", typ: "at+jwt", kid }, lax.issuer.claims(), (input) =>
        sign("sha256", Buffer.from(input), pair.privateKey),
      );
    expect((await lax.ask(QUERY, { token: token(weak, "weak") })).status).toBe(401);
    expect((await lax.ask(QUERY, { token: token(low, "low") })).status).toBe(401);
    expect((await lax.ask(QUERY, { token: token(strong, "strong") })).status).toBe(200);
    await lax.stop();
  });

  test("two Authorization headers, and other schemes", async () => {
    const token = await router.issuer.token();
    const { request } = await import("node:http");
    const send = async (authorization: string[]): Promise<number> =>
      await new Promise((resolve, reject) => {
        const headers = [
          "Host",
          "router",
          "Content-Type",
          "application/json",
          ...authorization.flatMap((value) => ["Authorization", value]),
        ];
        const sent = request(router.url, { method: "POST", headers }, (response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        });
        sent.on("error", reject);
        sent.end(JSON.stringify({ query: QUERY }));
      });
    expect(await send([`Bearer ${token}`])).toBe(200);
    expect(await send([`bearer ${token}`])).toBe(200);
    expect(await send([`Bearer ${token}`, `Bearer ${token}`])).toBe(401);
    expect(await send([`Basic ${encode("a:b")}`])).toBe(401);
    expect(await send([`DPoP ${token}`])).toBe(401);
    expect(await send([`Bearer`])).toBe(401);
  });

  test("an unknown key id makes the key set be read again at most once in its interval", async () => {
    const fresh = await TestRouter.start(SUPERGRAPH);
    await fresh.ask(QUERY);
    const before = fresh.issuer.reads;
    for (let attempt = 0; attempt < 20; attempt += 1) {
      const { status } = await fresh.ask(QUERY, {
        token: await fresh.issuer.token({}, { kid: `unknown-${attempt}` }),
      });
      expect(status).toBe(401);
    }
    expect(fresh.issuer.reads - before).toBeLessThanOrEqual(1);
    await fresh.stop();
  });

  test("the authority's keys out of reach: 503, and no token is at fault", async () => {
    const cut = await TestRouter.start(SUPERGRAPH, { JWKS_URL: "http://127.0.0.1:9/keys" });
    const { status, body, headers } = await cut.ask(QUERY);
    expect([status, body.errors?.[0]?.extensions["code"], headers.get("retry-after")]).toEqual([
      503,
      "AUTHORITY_UNAVAILABLE",
      "5",
    ]);
    await cut.stop();
  });

  test("nothing of a token reaches the log", async () => {
    const token = await router.issuer.token({ sub: "pairwise-subject-that-is-nobody" });
    await ask(token);
    await ask(`${token}x`);
    expect(router.log.join("")).not.toContain(token.split(".")[1]);
    expect(router.log.join("")).not.toContain(token.split(".")[2]);
  });
});
