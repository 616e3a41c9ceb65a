import { type Database, migrate, openDatabase } from "@truc/service";
import { createTestDatabase, databaseServers, type TestDatabase } from "@truc/service/testing";
import { sql } from "kysely";
import { afterEach, beforeEach, expect, it } from "vitest";
import { migrations } from "../../migrations/index.ts";
import { openTestLog } from "./testing/test-log.ts";
import { TestRouter } from "./testing/test-router.ts";

const BEFORE = Object.entries(migrations).filter(([name]) => name < "0006");

let server: TestDatabase;
let db: Database;

beforeEach(async () => {
  server = await createTestDatabase(databaseServers()[0]!);
  db = openDatabase(server.url);
  await migrate(db, Object.fromEntries(BEFORE));
});

afterEach(async () => {
  await db.close();
  await server.drop();
});

it("a database that holds a line which is no text is brought up to date, and the line stays in the log", async () => {
  const router = new TestRouter(db.kysely);
  const noText = router.prepareLines([Buffer.from([0xff, 0xfe, 0x00])]);
  await router.insert(db.kysely, noText);
  await migrate(db, migrations);
  const log = await openTestLog(db);
  expect(await log.poll()).toBe(1);
  expect(await log.read([0])).toMatchObject(new Map([[0, { line: noText.lines[0] }]]));
  const after = router.prepareLines([Buffer.from("a"), Buffer.from("b")]);
  await expect(
    router.insert(db.kysely, { ...after, row: { ...after.row, count: 1 } }),
  ).rejects.toMatchObject({ code: "23514", constraint: "audit_batch_lines_counted" });
  await router.insert(db.kysely, after);
  expect(await log.poll()).toBe(2);
});

it("holds for months that are made later, and for what waited for one", async () => {
  await migrate(db, migrations);
  const early = new TestRouter(db.kysely, { now: () => new Date("2031-05-06T07:08:09Z") });
  await early.insert(db.kysely, early.prepareLines([Buffer.from("a")]));
  await sql`select audit_add_month('2031-05-01')`.execute(db.kysely);
  const { rows } = await sql<{ table: string }>`
    select tableoid::regclass::text as table from audit_batch`.execute(db.kysely);
  expect(rows).toEqual([{ table: "audit_batch_2031_05" }]);
  const two = early.prepareLines([Buffer.from("b"), Buffer.from("c")]);
  await expect(
    early.insert(db.kysely, { ...two, row: { ...two.row, count: 1 } }),
  ).rejects.toMatchObject({ code: "23514" });
});
