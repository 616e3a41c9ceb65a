import type { AuditContext, AuditRecord } from "@truc/contracts";
import { type Database, migrate, openDatabase } from "@truc/service";
import { createTestDatabase, databaseServers, type TestDatabase } from "@truc/service/testing";
import { sql } from "kysely";
import { afterEach, beforeEach, expect, it } from "vitest";
import { migrations } from "../../migrations/index.ts";
import { addContext, CONTEXT, entriesOf, follow } from "./test-usage.ts";
import { UsageSums } from "./usage-sums.ts";

let database: TestDatabase;
let db: Database;

beforeEach(async () => {
  const server = databaseServers().find(({ dialect }) => dialect === "postgres")!;
  database = await createTestDatabase(server);
  db = openDatabase(database.url, { maxConnections: 2 });
  await migrate(db, migrations);
});

afterEach(async () => {
  await db.close();
  await database.drop();
});

async function rowsOf(table: string): Promise<Record<string, unknown>[]> {
  const { rows } = await sql<Record<string, unknown>>`
    select * from ${sql.table(table)} order by 1, 2`.execute(db.kysely);
  return rows.map(({ context, ...row }) => ({
    ...row,
    context: (context as Buffer).toString("base64url"),
  }));
}

const at = (text: string): number => Date.parse(text);

it("sums what came on one day under one context, over looks and days", async () => {
  const context = await addContext(db, CONTEXT);
  const first: Partial<AuditRecord> & { context: string } = {
    context,
    time: at("2026-11-01T23:59:59.999Z"),
    bytes: 100,
    objects: 3,
    subjects: { Citizen: ["a".repeat(22), "b".repeat(22)], Parcel: ["c".repeat(22)] },
  };
  const entries = entriesOf(
    [
      first,
      { context, time: at("2026-11-01T00:00:00Z"), bytes: 7, outcome: "refused", code: "X_Y" },
      { context, time: at("2026-11-02T00:00:00Z"), bytes: 20, outcome: "failed", code: "X_Y" },
      { context, time: at("2026-11-01T12:00:00Z"), bytes: 5, outcome: "partial", code: "X_Y" },
      { context, time: at("2026-11-01T12:00:00Z"), bytes: 1, outcome: "refused", code: "X_Y" },
    ],
    new Map([[context, CONTEXT]]),
  );
  await follow(db, entries, 2);
  expect(await rowsOf("audit_usage")).toEqual([
    {
      day: "2026-11-01",
      context,
      requests: 4,
      refused: 2,
      failed: 0,
      objects: 3,
      subjects: 3,
      bytes: 113,
      last: new Date("2026-11-01T23:59:59.999Z"),
    },
    {
      day: "2026-11-02",
      context,
      requests: 1,
      refused: 0,
      failed: 1,
      objects: 0,
      subjects: 0,
      bytes: 20,
      last: new Date("2026-11-02T00:00:00Z"),
    },
  ]);
  const row = { context, code: "X_Y" };
  expect(await rowsOf("audit_usage_code")).toEqual(
    expect.arrayContaining([
      { ...row, day: "2026-11-01", outcome: "partial", requests: 1 },
      { ...row, day: "2026-11-01", outcome: "refused", requests: 2 },
      { ...row, day: "2026-11-02", outcome: "failed", requests: 1 },
    ]),
  );
  expect(await rowsOf("audit_usage_grant")).toEqual([{ context, grant_id: "grant-1" }]);
});

it("counts a request on record in parts once, and what each part read", async () => {
  const context = await addContext(db, CONTEXT);
  const part = { context, bytes: 50, outcome: "partial" as const, code: "X" };
  const entries = entriesOf(
    [
      { ...part, part: [1, 3], objects: 10 },
      { ...part, part: [2, 3], objects: 11 },
      { ...part, part: [3, 3], objects: 12 },
    ],
    new Map([[context, CONTEXT]]),
  );
  await follow(db, entries);
  expect(await rowsOf("audit_usage")).toMatchObject([{ requests: 1, objects: 33, bytes: 50 }]);
  expect(await rowsOf("audit_usage_code")).toMatchObject([{ code: "X", requests: 1 }]);
});

it("is stopped by nothing that a broken writer puts on record", async () => {
  const hostile: AuditContext = { ...CONTEXT, grant: "a\0b" };
  const long: AuditContext = { ...CONTEXT, grant: "g".repeat(10_000) };
  const digests = ["h", "l", "u"].map((letter) => letter.repeat(42) + "A");
  const [ofHostile = "", ofLong = "", unknown = ""] = digests;
  const most = Number.MAX_SAFE_INTEGER;
  const entries = entriesOf(
    [
      { context: ofHostile, time: 1, code: "A\0B", outcome: "failed" },
      { context: ofLong, time: most, bytes: 1 },
      { context: unknown, time: 8.64e15, bytes: 1 },
      { context: unknown, time: at("9999-12-31T00:00:00Z"), bytes: most, objects: most },
      { context: unknown, time: at("9999-12-31T00:00:00Z"), bytes: most, objects: 1 },
    ],
    new Map([
      [ofHostile, hostile],
      [ofLong, long],
    ]),
  );
  await follow(db, [...entries, { ...entries[0]!, record: undefined, context: undefined }]);
  expect(await rowsOf("audit_usage")).toMatchObject([
    { day: "1970-01-01", context: ofHostile, requests: 1 },
    { day: "9999-12-31", context: unknown, requests: 2, bytes: 2 ** 41, objects: 2 ** 40 + 1 },
  ]);
  expect(await rowsOf("audit_usage_code")).toMatchObject([{ code: "OTHER" }]);
  expect(await rowsOf("audit_usage_grant")).toEqual([]);
});

it("keeps nothing of a transaction that does not come to its end, and all of it in the next", async () => {
  const context = await addContext(db, CONTEXT);
  const entries = entriesOf([{ context }], new Map([[context, CONTEXT]]));
  const sums = new UsageSums();
  const broken = db.kysely.transaction().execute(async (transaction) => {
    await sums.follow(transaction, entries);
    throw new Error("the log could not be appended to");
  });
  await expect(broken).rejects.toThrow("the log could not be appended to");
  await db.kysely.transaction().execute((transaction) => sums.follow(transaction, entries));
  expect(await rowsOf("audit_usage")).toMatchObject([{ requests: 1 }]);
  expect(await rowsOf("audit_usage_grant")).toHaveLength(1);
});

it("writes nothing where nothing came", async () => {
  const statements: string[] = [];
  db.onStatement = (text) => statements.push(text);
  await follow(db, entriesOf([], new Map()), 1);
  await db.kysely.transaction().execute((transaction) => new UsageSums().follow(transaction, []));
  expect(statements.filter((text) => text.includes("insert"))).toEqual([]);
});
