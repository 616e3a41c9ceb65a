import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createAuditDatabase, openTestLog, type TestAuditDatabase } from "./testing/test-log.ts";
import { TestRouter } from "./testing/test-router.ts";

const ROLE = `truc_test_writer_${randomUUID().slice(0, 8)}`;

let database: TestAuditDatabase;

beforeAll(async () => {
  database = await createAuditDatabase();
  await sql`create role ${sql.id(ROLE)}`.execute(database.db.kysely);
  await new TestRouter(database.db.kysely).write([{}]);
});

afterAll(async () => {
  await sql`drop owned by ${sql.id(ROLE)}`.execute(database.db.kysely);
  await sql`drop role ${sql.id(ROLE)}`.execute(database.db.kysely);
  await database.drop();
});

/** What comes of a statement under the writers' role, in a transaction that is undone. */
async function asWriter(statement: string): Promise<string> {
  const transaction = await database.db.kysely.startTransaction().execute();
  try {
    await sql`set local role ${sql.id(ROLE)}`.execute(transaction);
    await sql.raw(statement).execute(transaction);
    return "done";
  } catch (error) {
    return (error as { code: string }).code;
  } finally {
    await transaction.rollback().execute();
  }
}

const ID = randomUUID();
const BATCH = `insert into audit_batch (router, first, count, month, written, chain, lines)
  values ('${ID}', 1, 1, '2026-11-01', now(), sha256(''), E'x\\n')`;
const ROUTER = `insert into audit_router (router, started) values ('${ID}', now())`;
const CONTEXT = `insert into audit_context (digest, text) values (sha256('x'), 'x')
  on conflict do nothing`;
const REFUSALS = `insert into audit_refusals (router, minute, source, code, count)
  values ('${ID}', now(), 'others', 'TOKEN_MISSING', 3)`;

describe("the role of routers", () => {
  it("is given its rights where it exists", async () => {
    const grant = async (role: string): Promise<unknown> =>
      (await sql`select audit_grant_writer(${role}) as granted`.execute(database.db.kysely)).rows;
    expect(await asWriter(BATCH)).toBe("42501");
    expect(await grant(ROLE)).toEqual([{ granted: true }]);
    expect(await grant(ROLE)).toEqual([{ granted: true }]);
    expect(await grant("nobody")).toEqual([{ granted: false }]);
  });

  it.each([
    ["a batch", BATCH],
    ["a batch that is not in English", BATCH.replace("E'x\\n'", "convert_to(E'lý do\\n', 'UTF8')")],
    ["a batch of a month without a partition", BATCH.replace("2026-11", "1999-01")],
    ["itself", ROUTER],
    ["a context, whether it is there or not", CONTEXT],
    ["refusals", REFUSALS],
  ])("may insert %s", async (_what, statement) => {
    expect(await asWriter(statement)).toBe("done");
  });

  it.each([
    ["a number beyond what can be counted", BATCH.replace("1, 1,", "9007199254740993, 1,")],
    ["a month without end", BATCH.replace("2026-11-01", "infinity")],
    ["the middle of a month", BATCH.replace("2026-11-01", "2026-11-02")],
    ["a moment without end", BATCH.replace("now()", "'infinity'")],
    ["no lines", BATCH.replace("E'x\\n'", "''")],
    [
      "a batch too large to read",
      BATCH.replace("E'x\\n'", "decode(repeat('78', 131072) || '0a', 'hex')"),
    ],
    ["more lines than it says", BATCH.replace("E'x\\n'", "decode(repeat('0a', 2), 'hex')")],
    ["fewer lines than it says", BATCH.replace("1, 1,", "1, 2,")],
    ["a line that is not closed", BATCH.replace("E'x\\n'", "E'\\nx'")],
    [
      "more records than are read at one time",
      BATCH.replace("1, 1,", "1, 201,").replace("E'x\\n'", "decode(repeat('0a', 201), 'hex')"),
    ],
    [
      "a context too large to keep",
      CONTEXT.replaceAll("'x'", "repeat('x', 65537)").replace(
        "sha256(repeat('x', 65537))",
        "sha256(convert_to(repeat('x', 65537), 'UTF8'))",
      ),
    ],
    ["a chain of another length", BATCH.replace("sha256('')", "'x'")],
    ["refusals without end", REFUSALS.replace(", 3)", ", 9223372036854775807)")],
  ])("may not insert %s", async (_what, statement) => {
    expect(await asWriter(statement)).toBe("23514");
  });

  it.each([
    ["a byte 0", "00"],
    ["what is not UTF-8", "fffe"],
    ["half a character", "c3"],
  ])("may not insert a line with %s", async (_what, hex) => {
    expect(await asWriter(BATCH.replace("E'x\\n'", `decode('${hex}0a', 'hex')`))).toBe("22021");
  });

  it.each([
    "select * from audit_batch",
    "select lines from audit_batch_other",
    "select * from audit_context",
    "select * from audit_refusals",
    "select * from audit_head",
    `${ROUTER} returning router`,
    "update audit_batch set count = 1",
    "delete from audit_batch",
    "delete from audit_refusals",
    "truncate audit_batch",
    "insert into audit_span values (0, gen_random_uuid(), 1, 1, '2026-11-01', 1)",
    "insert into audit_checkpoint values (1, now(), '')",
    "update audit_head set size = 0",
    "drop table audit_batch",
    "alter table audit_batch disable trigger all",
    "lock table audit_batch in access exclusive mode",
  ])("may not: %s", async (statement) => {
    expect(await asWriter(statement)).toBe("42501");
  });
});

describe("what was written", () => {
  const FORBIDDEN = "23001";

  async function asOwner(statement: string): Promise<string> {
    return await sql
      .raw(statement)
      .execute(database.db.kysely)
      .then(
        () => "done",
        (error: { code: string }) => error.code,
      );
  }

  it.each([
    "update audit_batch set count = 2",
    "delete from audit_batch",
    "truncate audit_batch",
    "truncate audit_batch_other",
    "update audit_context set text = 'x'",
    "delete from audit_context",
    "truncate audit_context",
    "update audit_router set started = now()",
    "delete from audit_router",
  ])("stays as it is, for its owner too: %s", async (statement) => {
    expect(await asOwner(statement)).toBe(FORBIDDEN);
  });

  it("stays in a month's partition that was made later", async () => {
    const month = "2031-05";
    expect(await asOwner(`select audit_add_month('${month}-01')`)).toBe("done");
    expect(await asOwner(`select audit_add_month('${month}-01')`)).toBe("done");
    expect(await asOwner(BATCH.replace("2026-11", month))).toBe("done");
    for (const verb of ["truncate", "delete from"])
      expect(await asOwner(`${verb} audit_batch_2031_05`)).toBe(FORBIDDEN);
    const { rows } = await sql`select storage.attstorage from pg_attribute as storage
      where attrelid = 'audit_batch_2031_05'::regclass and attname = 'lines'`.execute(
      database.db.kysely,
    );
    expect(rows).toEqual([{ attstorage: "e" }]);
  });

  it("has no context under a digest that is not its own", async () => {
    expect(await asOwner("insert into audit_context values (sha256('a'), 'b')")).toBe("23514");
  });

  it("is ordered wherever it lies", async () => {
    const router = new TestRouter(database.db.kysely, { now: () => new Date("1987-06-05") });
    await router.write([{}]);
    const log = await openTestLog(database.db);
    await log.poll();
    expect(await log.positionOf(router.id, 1)).toBeDefined();
  });
});
