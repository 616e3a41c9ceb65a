import { randomUUID } from "node:crypto";
import { readdir, readFile, rm } from "node:fs/promises";
import path from "node:path";
import { importJWK, type JWK, SignJWT, UnsecuredJWT } from "jose";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeSystemKey } from "../system-key.ts";
import { tablesOf } from "../tables.ts";
import { jsonFile, startTestAuthority, type TestAuthority } from "../test-authority.ts";
import { TestFeedReader } from "../test-feed-reader.ts";
import { DIRECT_PATH, signOperatorOrder } from "./operator-order.ts";

let authority: TestAuthority;
let operator: JWK;
let publicKey: JWK;
beforeAll(async () => {
  const pair = await makeSystemKey();
  operator = pair.privateKey;
  publicKey = pair.publicKey as JWK;
  authority = await startTestAuthority({
    settings: async (directory) => ({
      OPERATOR_KEYS: await jsonFile(directory, "operator-keys.json", { keys: [publicKey] }),
    }),
  });
});
afterAll(() => authority.stop());

const SUSPEND = { action: "suspend", kind: "system", id: "other", reason: "Its key was lost." };
const RESUME = { ...SUSPEND, action: "resume", reason: "It was found." };

interface OrderChanges {
  header?: Record<string, unknown>;
  claims?: Record<string, unknown>;
  key?: JWK;
}

/** An order, right but for the changes. */
async function order({ header, claims, key = operator }: OrderChanges = {}): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const all = { aud: authority.issuer, iat: now, exp: now + 60, jti: randomUUID(), ...SUSPEND };
  return await new SignJWT({ ...all, ...claims })
    .setProtectedHeader({ alg: "ES256", typ: "operator+jwt", kid: operator.kid!, ...header })
    .sign(await importJWK(key, "ES256"));
}

async function send(
  body: string,
  type = "application/jwt",
): Promise<{ status: number; body: Record<string, any> }> {
  const response = await fetch(authority.issuer + DIRECT_PATH, {
    method: "POST",
    headers: { "content-type": type },
    body,
  });
  return { status: response.status, body: (await response.json()) as Record<string, any> };
}

/** What is on the journal of orders. */
async function journal(): Promise<Record<string, unknown>[]> {
  const files = await readdir(authority.settings.JOURNAL);
  const texts = await Promise.all(
    files
      .filter((file) => file.startsWith("orders-"))
      .map((file) => readFile(path.join(authority.settings.JOURNAL, file), "utf8")),
  );
  return texts
    .join("")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

async function statusOf(system: string): Promise<string> {
  const row = await tablesOf(authority.database)
    .selectFrom("system")
    .select("status")
    .where("id", "=", system)
    .executeTakeFirstOrThrow();
  return row.status;
}

test("an order is carried out, journalled before and after, and told to routers", async () => {
  const reader = await TestFeedReader.open(authority);
  const before = await reader.snapshot();
  const sent = await signOperatorOrder(
    authority.issuer,
    { action: "suspend", kind: "system", id: "other", reason: "Its key was lost." },
    operator,
  );
  expect(await send(sent)).toEqual({ status: 200, body: { done: SUSPEND } });
  expect(await statusOf("other")).toBe("suspended");
  const after = await reader.snapshot();
  expect(after.revision).toBe(before.revision + 1);
  expect(after.systems.find(({ id }) => id === "other")!.status).toBe("suspended");
  reader.close();
  const facts = {
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    requestId: expect.any(String),
    key: operator.kid,
    jti: expect.any(String),
    order: SUSPEND,
  };
  expect((await journal()).slice(-2)).toEqual([
    { ...facts, outcome: "accepted" },
    { ...facts, outcome: "done" },
  ]);
  expect((await send(await order({ claims: RESUME }))).status).toBe(200);
  expect(await statusOf("other")).toBe("active");
});

test("what the registry refuses is refused with its code, and journalled", async () => {
  const { status, body } = await send(await order({ claims: { id: "nobody" } }));
  expect([status, body["errors"][0].extensions.code]).toEqual([404, "REGISTRY_SYSTEM_UNKNOWN"]);
  expect((await journal()).at(-1)).toMatchObject({
    outcome: "failed",
    code: "REGISTRY_SYSTEM_UNKNOWN",
    order: { ...SUSPEND, id: "nobody" },
  });
});

test("an order works once, also after a restart", async () => {
  const sent = await order();
  expect((await send(sent)).status).toBe(200);
  expect((await send(await order({ claims: RESUME }))).status).toBe(200);
  await expectRefused(sent, "the order was sent before");
  await authority.restart();
  await expectRefused(sent, "the order was sent before");
  expect(await statusOf("other")).toBe("active");
});

test("a line of the log about an order has one time", async () => {
  await send(await order());
  await send(await order({ claims: RESUME }));
  const lines = authority.log.filter((line) => line.includes("an order of the operator"));
  expect(lines.length).toBeGreaterThan(3);
  expect(lines.map((line) => line.split('"time":').length - 1)).toEqual(lines.map(() => 1));
});

test("of many copies at once, one is carried out", async () => {
  const sent = await order();
  const answers = await Promise.all(Array.from({ length: 6 }, () => send(sent)));
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  expect(answers.filter(({ status }) => status === 401)).toHaveLength(5);
  expect((await send(await order({ claims: RESUME }))).status).toBe(200);
});

const now = Math.floor(Date.now() / 1000);
test.each<[what: string, made: () => Promise<string> | string, reason: RegExp]>([
  ["signed by another key", signedByAnother, /signature verification failed/],
  ["of an unknown key", () => order({ header: { kid: "other" } }), /no key of the operator/],
  ["of a key without name", () => order({ header: { kid: undefined } }), /no key of the operator/],
  ["unsigned", unsigned, /alg/i],
  ["signed by a system", bySystem, /no key of the operator/],
  ["that has ended", () => order({ claims: { iat: now - 100, exp: now - 40 } }), /exp|too far/],
  ["without end", () => order({ claims: { exp: undefined } }), /exp/],
  ["without beginning", () => order({ claims: { iat: undefined } }), /iat/],
  ["valid for long", () => order({ claims: { exp: now + 3600 } }), /more than 60 seconds/],
  ["made long ago", () => order({ claims: { iat: now - 3600 } }), /too far in the past/],
  ["for another authority", () => order({ claims: { aud: "http://other.example" } }), /aud/],
  [
    "for several authorities",
    () => order({ claims: { aud: [authority.issuer, "http://other.example"] } }),
    /several/,
  ],
  ["of another type", () => order({ header: { typ: "JWT" } }), /typ/],
  ["without id", () => order({ claims: { jti: undefined } }), /jti/],
  ["without reason", () => order({ claims: { reason: " " } }), /reason/],
  ["to do something else", () => order({ claims: { action: "delete" } }), /action/],
  ["that is none", () => "x", /JWS/],
  ["that is empty", () => "", /JWS/],
])("an order %s is refused and journalled", async (_what, made, reason) => {
  await expectRefused(await made(), reason);
  expect(await statusOf("other")).toBe("active");
});

async function expectRefused(sent: string, reason: string | RegExp): Promise<void> {
  const { status, body } = await send(sent);
  expect([status, body["errors"][0].extensions.code]).toEqual([401, "OPERATOR_ORDER_INVALID"]);
  expect((await journal()).at(-1)).toEqual({
    time: expect.any(String),
    requestId: expect.any(String),
    outcome: "refused",
    reason: typeof reason === "string" ? reason : expect.stringMatching(reason),
  });
}

async function signedByAnother(): Promise<string> {
  return await order({ key: (await makeSystemKey()).privateKey });
}

async function bySystem(): Promise<string> {
  const key = authority.privateKeys["reader"]!;
  return await order({ key, header: { kid: key.kid } });
}

function unsigned(): string {
  return new UnsecuredJWT({ ...SUSPEND, jti: randomUUID() })
    .setAudience(authority.issuer)
    .setIssuedAt()
    .setExpirationTime("60s")
    .encode();
}

test("any other kind of body is refused", async () => {
  const { status, body } = await send(JSON.stringify(SUSPEND), "application/json");
  expect([status, body["errors"][0].extensions.code]).toEqual([415, "READ_MEDIA_TYPE"]);
});

test("what cannot be written down is not done", async () => {
  const crippled = await startTestAuthority({
    settings: async (directory) => ({
      OPERATOR_KEYS: await jsonFile(directory, "operator-keys.json", { keys: [publicKey] }),
    }),
  });
  try {
    await rm(crippled.settings.JOURNAL, { recursive: true });
    const response = await fetch(crippled.issuer + DIRECT_PATH, {
      method: "POST",
      headers: { "content-type": "application/jwt" },
      body: await order({ claims: { aud: crippled.issuer } }),
    });
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({
      errors: [{ extensions: { code: "AUDIT_UNAVAILABLE" } }],
    });
    const system = await tablesOf(crippled.database)
      .selectFrom("system")
      .select("status")
      .where("id", "=", "other")
      .executeTakeFirstOrThrow();
    expect(system.status).toBe("active");
  } finally {
    await crippled.stop();
  }
});
