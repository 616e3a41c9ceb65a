import { generateKeyPairSync, KeyObject, sign } from "node:crypto";
import { exportJWK, generateKeyPair } from "jose";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { TestAuthority, type TestSystem } from "../harness/test-authority.ts";
import { composeSupergraph, TestRouter } from "../harness/test-router.ts";

const SUPERGRAPH = composeSupergraph([
  {
    name: "any",
    url: "http://127.0.0.1:9/graphql",
    schema:
      'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@cost"]) type Query { a: Int dear: Int @cost(weight: 6) }',
  },
]);
const now = (): number => Math.floor(Date.now() / 1_000);
const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

let authority: TestAuthority;
let office: TestSystem;
let other: TestSystem;
let router: TestRouter;

beforeAll(async () => {
  authority = await TestAuthority.start();
  office = await authority.system("office");
  other = await authority.system("other-office");
  authority.grant("office", "LAND", { demandsActor: true });
  authority.grant("other-office", "LAND", { demandsActor: true });
  router = await TestRouter.start(SUPERGRAPH, {}, authority);
});
afterAll(async () => {
  await router.stop();
  await authority.stop();
});

/** Asks as the office, with an actor token. @returns the refusal's code, or the officer on record */
async function ask(actor: unknown, as: TestSystem = office): Promise<unknown> {
  const token = await authority.token(as, { purpose: "LAND" });
  const { status, body } = await router.ask("{ __typename }", { token, extensions: { actor } });
  if (status !== 200) return body.errors?.[0]?.extensions["code"];
  return router.records().at(-1)?.actor;
}
const refused = "AUTHORIZE_ACTOR_INVALID";

test("the officer whom the system names, under its own key, is put on record", async () => {
  expect(await ask(await authority.actorToken(office))).toBe("officer-7");
  expect(await ask(await authority.actorToken(office, { sub: "vn/hn/tổ-1" }))).toBe(refused);
  expect(await ask(await authority.actorToken(office, { sub: "land.office:12@hn/3_b-4" }))).toBe(
    "land.office:12@hn/3_b-4",
  );
});

test("of another system", async () => {
  expect(await ask(await authority.actorToken(other))).toBe(refused);
  expect(await ask(await authority.actorToken(other, { iss: "office" }))).toBe(refused);
  expect(await ask(await authority.actorToken(other, { iss: "office" }, { kid: office.kid }))).toBe(
    refused,
  );
  expect(await ask(await authority.actorToken(office), other)).toBe(refused);
  // Under the office's own key, in another's name.
  expect(await ask(await authority.actorToken(office, { iss: "other-office" }))).toBe(refused);
  expect(await ask(await authority.actorToken(other), other)).toBe("officer-7");
});

test("used twice, by whichever router of the two spellings of a request", async () => {
  const once = await authority.actorToken(office);
  expect([await ask(once), await ask(once)]).toEqual(["officer-7", refused]);
  const jti = "chosen-by-the-system";
  const [first, second] = [
    await authority.actorToken(office, { jti }),
    await authority.actorToken(office, { jti, sub: "officer-8" }),
  ];
  expect([await ask(first), await ask(second)]).toEqual(["officer-7", refused]);
  // Another system's token of that name is another token.
  expect(await ask(await authority.actorToken(other, { jti }), other)).toBe("officer-7");
});

test("a personal identification number names no officer, and is neither recorded nor logged", async () => {
  const pin = "079300001234";
  for (const sub of [pin, `hn/${pin}`, `${pin}@hn`])
    expect(await ask(await authority.actorToken(office, { sub }))).toBe(refused);
  expect(JSON.stringify(router.records())).not.toContain(pin);
  expect(router.log.join("")).not.toContain(pin);
  expect(await ask(await authority.actorToken(office, { sub: "07930000123" }))).toBe("07930000123");
});

test("used again is on record as a refusal that names no officer", async () => {
  const once = await authority.actorToken(office);
  await ask(once);
  expect(router.records().at(-1)).toMatchObject({ actor: "officer-7", decision: "allowed" });
  await ask(once);
  expect(router.records().at(-1)).toMatchObject({
    actor: undefined,
    legalBasis: null,
    decision: "refused",
    outcome: "refused",
    code: refused,
  });
});

test.each([
  ["requests", "ADMIT_RATE_EXCEEDED", { requestsPerSecond: 1 }],
  ["cost", "ADMIT_COST_EXCEEDED", { costPerMinute: 10 }],
])(
  "a request for which the grant has no %s left leaves its token to be sent again",
  async (id, code, budget) => {
    const busy = await authority.system(`busy-${id}`);
    const generous = { requestsPerSecond: 100_000, costPerMinute: 1_000_000 };
    const grantWith = (given: object): void => {
      authority.grant(busy.id, "LAND", { demandsActor: true, budget: { ...generous, ...given } });
    };
    grantWith(budget);
    const token = await authority.token(busy, { purpose: "LAND" });
    const send = async (actor: string): Promise<unknown> => {
      const { status, body } = await router.ask("{ dear }", { token, extensions: { actor } });
      return status === 200 ? 200 : body.errors?.[0]?.extensions["code"];
    };
    const waiting: string[] = [];
    await vi.waitFor(
      async () => {
        const actors = await Promise.all(
          [1, 2, 3].map(async () => await authority.actorToken(busy)),
        );
        const told = await Promise.all(actors.map(send));
        waiting.push(...actors.filter((_, index) => told[index] === code));
        expect(told).toContain(200);
        expect(told).toContain(code);
      },
      { timeout: 10_000 },
    );
    grantWith({});
    await vi.waitFor(async () => expect(await send(waiting[0]!)).toBe(200), { timeout: 10_000 });
    expect(await send(waiting[0]!)).toBe(refused);
  },
);

test("a token that was refused for anything else is not used up", async () => {
  const good = await authority.actorToken(office);
  expect([await ask(good, other), await ask(good)]).toEqual([refused, "officer-7"]);
});

describe("refused:", () => {
  test.each([
    ["expired", { iat: now() - 290, exp: now() - 10 }],
    ["made out for more than five minutes", { iat: now(), exp: now() + 301 }],
    ["made more than five minutes ago", { iat: now() - 400, exp: now() + 100 }],
    ["of the future", { iat: now() + 600, exp: now() + 660 }],
    ["not valid yet", { nbf: now() + 600 }],
    ["for another audience", { aud: "urn:test:other" }],
    ["without audience", { aud: undefined }],
    ["without issuer", { iss: undefined }],
    ["without officer", { sub: undefined }],
    ["an officer of no name", { sub: "" }],
    ["an officer of 65 letters", { sub: "o".repeat(65) }],
    ["an officer with a line break", { sub: "a\nb" }],
    ["an officer who is a number", { sub: 7 }],
    ["without jti", { jti: undefined }],
    ["without iat", { iat: undefined }],
    ["without exp", { exp: undefined }],
    ["exp beyond all dates", { exp: 1e300 }],
  ])("%s", async (_case, claims) => {
    expect(await ask(await authority.actorToken(office, claims))).toBe(refused);
  });

  test.each([
    ["an access token's type", { typ: "at+jwt" }],
    ["no type", { typ: undefined }],
    ["a key nobody registered", { kid: "../office" }],
    ["unknown crit", { crit: ["urn:x"], "urn:x": 1 }],
  ])("%s", async (_case, header) => {
    const token = await authority.actorToken(office, {}, {});
    const [, payload] = token.split(".");
    const all = { alg: "ES256", typ: "actor+jwt", kid: office.kid, ...header };
    const input = `${encode(all)}.${payload}`;
    const key = KeyObject.from(office.privateKey as never);
    const signature = sign("sha256", Buffer.from(input), { key, dsaEncoding: "ieee-p1363" });
    expect(await ask(`${input}.${signature.toString("base64url")}`)).toBe(refused);
  });

  test("a key brought along", async () => {
    const own = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const header = { jwk: own.publicKey.export({ format: "jwk" }) };
    const [, payload] = (await authority.actorToken(office)).split(".");
    const input = `${encode({ alg: "ES256", typ: "actor+jwt", ...header })}.${payload}`;
    const signature = sign("sha256", Buffer.from(input), {
      key: own.privateKey,
      dsaEncoding: "ieee-p1363",
    });
    expect(await ask(`${input}.${signature.toString("base64url")}`)).toBe(refused);
  });

  test("alg none, the access token itself, and what is no token", async () => {
    const [, payload] = (await authority.actorToken(office)).split(".");
    const none = `${encode({ alg: "none", typ: "actor+jwt" })}.${payload}.`;
    const access = await authority.token(office, { purpose: "LAND" });
    for (const actor of [none, access, "", "a.b.c", 7, {}, ["a"], "x".repeat(10_000)])
      expect(await ask(actor)).toBe(refused);
  });

  test("one that nobody demanded", async () => {
    const plain = await authority.system("plain-office");
    authority.grant("plain-office", "LAND");
    await vi.waitFor(async () => expect(await ask(undefined, plain)).toBeUndefined(), 10_000);
    expect(await ask("not a token", plain)).toBe(refused);
    expect(await ask(await authority.actorToken(plain), plain)).toBe("officer-7");
  });
});

test("a key that is no longer among the system's names no officer, its others still do", async () => {
  const { privateKey, publicKey } = await generateKeyPair("EdDSA");
  const jwk = await exportJWK(publicKey);
  const key = { thumbprint: "T".repeat(43), kid: "second", jwk };
  authority.change(({ systems }) => ({
    systems: systems.map((each) =>
      each.id === "office" ? { ...each, keys: [...each.keys, key] } : each,
    ),
  }));
  const second: TestSystem = { ...office, kid: "second", privateKey };
  const asked = async () =>
    await ask(await authority.actorToken(second, {}, { alg: "EdDSA", kid: "second" }));
  await vi.waitFor(async () => expect(await asked()).toBe("officer-7"), 10_000);
  authority.change(({ systems }) => ({
    systems: systems.map((each) => ({
      ...each,
      keys: each.keys.filter(({ kid }) => kid !== "second"),
    })),
  }));
  await vi.waitFor(async () => expect(await asked()).toBe(refused), 10_000);
  expect(await ask(await authority.actorToken(office))).toBe("officer-7");
});
