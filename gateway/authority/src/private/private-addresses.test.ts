import { readFile, writeFile } from "node:fs/promises";
import { FEED_PATH, type PermitSecrets, signFeedToken, SUBJECT_PATH } from "@truc/contracts";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { tablesOf } from "../tables.ts";
import { startTestAuthority, type TestAuthority } from "../test-authority.ts";
import { TestFeedReader } from "../test-feed-reader.ts";

let authority: TestAuthority;
beforeAll(async () => {
  authority = await startTestAuthority();
});
afterAll(() => authority.stop());

const SECRET = "A".repeat(43);

/** Suspends or resumes a system as another process would, straight in the database. */
async function setStatus(system: string, status: "active" | "suspended"): Promise<void> {
  await tablesOf(authority.database)
    .transaction()
    .execute(async (tx) => {
      await tx
        .updateTable("registry_revision")
        .set({ revision: sql`revision + 1` })
        .execute();
      await tx.updateTable("system").set({ status }).where("id", "=", system).execute();
    });
}

type Token = () => Promise<string | undefined>;
const strangers: [what: string, token: Token, code: string][] = [
  ["nothing", async () => undefined, "TOKEN_MISSING"],
  ["another scheme", async () => `Basic ${token()}`, "TOKEN_MISSING"],
  ["no token", async () => "Bearer x", "TOKEN_INVALID"],
  [
    "another secret of the same name",
    async () => `Bearer ${token({ keys: [{ kid: "test", secret: SECRET }] })}`,
    "TOKEN_INVALID",
  ],
  [
    "a secret it does not know",
    async () => `Bearer ${token({ keys: [{ kid: "other", secret: SECRET }] })}`,
    "TOKEN_INVALID",
  ],
  [
    "a token for another authority",
    async () => `Bearer ${signFeedToken("http://other.example", authority.feedSecrets)}`,
    "TOKEN_INVALID",
  ],
  [
    "the secret of the registry's subgraph",
    async () => `Bearer ${token(authority.permitSecrets)}`,
    "TOKEN_INVALID",
  ],
];

function token(secrets: PermitSecrets = authority.feedSecrets): string {
  return signFeedToken(authority.issuer, secrets);
}

describe.each([
  ["GET", FEED_PATH],
  ["POST", SUBJECT_PATH],
])("%s %s", (method, path) => {
  test.each(strangers)("answers 401 to %s", async (_what, made, code) => {
    const authorization = await made();
    const response = await fetch(authority.issuer + path, {
      method,
      headers: {
        ...(authorization !== undefined && { authorization }),
        ...(method === "POST" && { "content-type": "application/json" }),
      },
      ...(method === "POST" && { body: JSON.stringify({ subject: "x" }) }),
    });
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toMatch(/^Bearer/);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code } }] });
  });
});

describe("the feed", () => {
  test("begins with the registry, says that it lives, and is told at once what another process changes", async () => {
    const reader = await TestFeedReader.open(authority);
    try {
      expect(reader.response.status).toBe(200);
      expect(reader.response.headers.get("content-type")).toMatch(/^application\/x-ndjson/);
      const first = await reader.next();
      expect(first).toMatchObject({
        kind: "snapshot",
        snapshot: {
          systems: expect.arrayContaining([
            expect.objectContaining({ id: "reader", agency: "archive", status: "active" }),
          ]) as unknown,
          scopes: expect.arrayContaining([{ name: "books:loan", owner: "library" }]) as unknown,
        },
      });
      const { revision } = first.kind === "snapshot" ? first.snapshot : { revision: Number.NaN };
      expect(await reader.alive()).toBe(revision);
      await setStatus("other", "suspended");
      const after = await reader.snapshot();
      expect(after.revision).toBe(revision + 1);
      expect(after.systems.find(({ id }) => id === "other")!.status).toBe("suspended");
      expect(await reader.alive()).toBe(revision + 1);
    } finally {
      reader.close();
      await setStatus("other", "active");
    }
  });

  test("every reader has the newest registry, at whichever authority", async () => {
    const { url } = await authority.another();
    const readers = await Promise.all([
      TestFeedReader.open(authority),
      TestFeedReader.open(authority),
      TestFeedReader.open(authority, url),
    ]);
    try {
      const before = await Promise.all(readers.map((reader) => reader.snapshot()));
      expect(new Set(before.map(({ revision }) => revision)).size).toBe(1);
      await setStatus("former", "suspended");
      for (const { revision, systems } of await Promise.all(readers.map((one) => one.snapshot()))) {
        expect(revision).toBe(before[0]!.revision + 1);
        expect(systems.find(({ id }) => id === "former")!.status).toBe("suspended");
      }
      const late = await TestFeedReader.open(authority);
      expect((await late.snapshot()).revision).toBe(before[0]!.revision + 1);
      late.close();
    } finally {
      readers.forEach((reader) => reader.close());
    }
  });

  test("is not there for whoever wants no body of it", async () => {
    const headers = { authorization: `Bearer ${token()}` };
    const response = await fetch(authority.issuer + FEED_PATH, { method: "HEAD", headers });
    expect(response.status).toBe(404);
  });

  test("ends when the process stops, which does not wait for its readers", async () => {
    const reader = await TestFeedReader.open(authority);
    await reader.snapshot();
    await authority.halt();
    await reader.ended();
    await authority.restart();
    const again = await TestFeedReader.open(authority);
    await again.snapshot();
    again.close();
  });
});

test("secrets are rotated without a restart; the one that was taken out is refused", async () => {
  const file = authority.settings.FEED_SECRETS!;
  const before = await readFile(file, "utf8");
  const fresh: PermitSecrets = { keys: [{ kid: "new", secret: SECRET }] };
  const statusWith = async (secrets: PermitSecrets): Promise<number> => {
    const response = await ask({ subject: "x" }, secrets);
    return response.status;
  };
  expect(await statusWith(authority.feedSecrets)).toBe(404);
  await writeFile(file, JSON.stringify(fresh));
  await expect.poll(() => statusWith(fresh), { timeout: 20_000 }).toBe(404);
  expect(await statusWith(authority.feedSecrets)).toBe(401);
  await writeFile(file, before);
  await expect.poll(() => statusWith(authority.feedSecrets), { timeout: 20_000 }).toBe(404);
});

describe("whom a subject means", () => {
  beforeAll(async () => {
    const tables = tablesOf(authority.database);
    await tables
      .insertInto("person")
      .values([
        { id: "p1", name: "Nguyễn Thị Hoa", pin: "901300000001", status: "active" },
        { id: "p2", name: "Trần Văn Bình", pin: null, status: "suspended" },
        { id: "p3", name: "Lê Thị Lan", pin: null, status: "active" },
      ])
      .execute();
    await tables
      .insertInto("agency")
      .values({ id: "stopped", name: "Stopped", status: "suspended" })
      .execute();
    await tables
      .insertInto("person_role")
      .values([
        { person: "p1", role: "citizen", agency: null },
        { person: "p2", role: "operator", agency: null },
        { person: "p3", role: "owner-admin", agency: "stopped" },
        { person: "p3", role: "agency-admin", agency: "archive" },
      ])
      .execute();
    await tables
      .insertInto("subject")
      .values([
        { subject: "s-1", person: "p1", client: "reader" },
        { subject: "s-2", person: "p2", client: "reader" },
        { subject: "s-5", person: "p3", client: "reader" },
      ])
      .execute();
  });

  test.each([
    ["s-1", { pin: "901300000001", status: "active", roles: [{ role: "citizen", agency: null }] }],
    ["s-2", { pin: null, status: "suspended", roles: [] }],
    ["s-5", { pin: null, status: "active", roles: [{ role: "agency-admin", agency: "archive" }] }],
  ])("%s", async (subject, answer) => {
    const response = await ask({ subject });
    expect([response.status, await response.json()]).toEqual([200, answer]);
  });

  test.each(["s-3", "S-1", "s-1 ", "no\0body", "p1"])("%j is nobody's", async (subject) => {
    const response = await ask({ subject });
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({
      errors: [{ extensions: { code: "NOT_FOUND" } }],
    });
  });

  test.each([["{}"], ['{"subject":1}'], ['{"subject":""}'], ["[]"], ['"s-1"']])(
    "%s is no question",
    async (question) => {
      expect((await ask(JSON.parse(question))).status).toBe(400);
    },
  );
});

async function ask(question: unknown, secrets = authority.feedSecrets): Promise<Response> {
  return await fetch(authority.issuer + SUBJECT_PATH, {
    method: "POST",
    headers: {
      authorization: `Bearer ${token(secrets)}`,
      "content-type": "application/json",
    },
    body: JSON.stringify(question),
  });
}
