import { sql } from "kysely";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AuditLog } from "./audit-log.ts";
import type { Entry, Unreadable } from "./entry.ts";
import { createAuditDatabase, openTestLog, type TestAuditDatabase } from "./testing/test-log.ts";
import { TestRouter, type WrittenBatch } from "./testing/test-router.ts";

let database: TestAuditDatabase;

beforeEach(async () => {
  database = await createAuditDatabase();
});

afterEach(async () => {
  await database.drop();
});

/** Three batches of ten records, long enough to be stored beside their rows. */
async function thirtyRecords(): Promise<{ log: AuditLog; batches: WrittenBatch[] }> {
  const router = new TestRouter(database.db.kysely);
  const log = await openTestLog(database.db);
  const batches: WrittenBatch[] = [];
  for (let i = 0; i < 3; i++)
    batches.push(
      await router.write(Array.from({ length: 10 }, () => ({ person: "p".repeat(200) }))),
    );
  await log.poll();
  return { log, batches };
}

/** Does what a superuser can, whatever triggers say. */
async function withoutTriggers(statement: ReturnType<typeof sql>): Promise<void> {
  await database.db.kysely.transaction().execute(async (transaction) => {
    await sql`set local session_replication_role = replica`.execute(transaction);
    await statement.execute(transaction);
  });
}

/**
 * Makes PostgreSQL find a batch's lines damaged when it reads them: takes away what its row points to. Nothing tells
 * whose that is, but it is there in the order of the batches.
 */
async function damageLines({ row: { router, first } }: WrittenBatch): Promise<void> {
  const db = database.db.kysely;
  await sql`create extension if not exists pg_surgery`.execute(db);
  const batch = await sql<{ toast: string; place: number }>`
    select c.reltoastrelid::regclass::text as toast, (select count(*) from audit_batch o
        where o.router = ${router} and o.first < ${first}) as place
    from audit_batch b join pg_class c on c.oid = b.tableoid
    where router = ${router} and first = ${first}`.execute(db);
  const { toast, place } = batch.rows[0]!;
  const chunks = await sql<{ places: string[] }>`
    select array_agg(ctid::text) as places from ${sql.table(toast)}
    group by chunk_id order by chunk_id`.execute(db);
  const { places } = chunks.rows[place]!;
  await sql`select heap_force_kill(${toast}::regclass, ${places}::tid[])`.execute(db);
}

async function streamed(log: AuditLog): Promise<(number | Unreadable)[]> {
  const found: (number | Unreadable)[] = [];
  for await (const entry of log.stream(0, log.size))
    found.push("line" in entry ? entry.position : entry);
  return found;
}

/** The same, read one by one. */
async function read(log: AuditLog): Promise<(number | string)[]> {
  const entries = await log.read(Array.from({ length: log.size }, (_, i) => i));
  return [...entries.values()].map((entry: Entry | Unreadable) =>
    "line" in entry ? entry.position : `${entry.from}-${entry.to} ${entry.reason}`,
  );
}

/** Numbers from a to b, both included. */
function numbers(a: number, b: number): number[] {
  return Array.from({ length: b - a + 1 }, (_, i) => a + i);
}

describe("reading what was damaged", () => {
  it("reports exactly the records that were changed", async () => {
    const { log, batches } = await thirtyRecords();
    const { router, first, lines } = batches[1]!.row;
    const changed = Buffer.from(lines);
    const starts = batches[1]!.lines[2]!.length + batches[1]!.lines[0]!.length;
    changed[lines.indexOf('"ms":', starts) + 5] = "9".charCodeAt(0);
    await withoutTriggers(
      sql`update audit_batch set lines = ${changed} where router = ${router} and first = ${first}`,
    );
    const reason = "it is not what the log's tree was made of";
    const bad = 10 + batches[1]!.lines.findIndex((line) => !changed.includes(line));
    expect(await streamed(log)).toEqual([
      ...numbers(0, bad - 1),
      { from: bad, to: bad, reason },
      ...numbers(bad + 1, 29),
    ]);
    expect(await read(log)).toEqual([
      ...numbers(0, bad - 1),
      `${bad}-${bad} ${reason}`,
      ...numbers(bad + 1, 29),
    ]);
    expect(log.problems()).toEqual([`position ${bad}: cannot be read (${reason})`]);
  });

  it("reports the records of a batch that is gone", async () => {
    const { log, batches } = await thirtyRecords();
    const { router, first } = batches[1]!.row;
    await withoutTriggers(
      sql`delete from audit_batch where router = ${router} and first = ${first}`,
    );
    const reason = "the batch it was in is not in the database";
    expect(await streamed(log)).toEqual([
      ...numbers(0, 9),
      { from: 10, to: 19, reason },
      ...numbers(20, 29),
    ]);
    expect((await read(log)).filter((entry) => typeof entry === "string")).toEqual(
      numbers(10, 19).map((at) => `${at}-${at} ${reason}`),
    );
    expect(log.problems()).toEqual([`positions 10 to 19: cannot be read (${reason})`]);
  });

  it("knows a month that was taken out from one that is damaged", async () => {
    const now = (): Date => new Date("2029-02-03T00:00:00Z");
    await sql`select audit_add_month('2029-02-01')`.execute(database.db.kysely);
    const router = new TestRouter(database.db.kysely, { now });
    await router.write([{}, {}]);
    const log = await openTestLog(database.db);
    await log.poll();
    await sql`drop table audit_batch_2029_02`.execute(database.db.kysely);
    const reason = "its month has no partition in the database";
    expect(await streamed(log)).toEqual([{ from: 0, to: 1, reason }]);
    expect(log.problems()).toEqual([]);
    expect(await log.inclusion(1, 2)).toHaveLength(1);
  });

  it("reports the records that the database cannot read, in its words", async () => {
    const { log, batches } = await thirtyRecords();
    await damageLines(batches[1]!);
    const reason = expect.stringMatching(/^missing chunk number 0 for toast value/) as string;
    expect(await streamed(log)).toEqual([
      ...numbers(0, 9),
      { from: 10, to: 19, reason },
      ...numbers(20, 29),
    ]);
    const found = await read(log);
    expect(found.filter((entry) => typeof entry === "number")).toEqual([
      ...numbers(0, 9),
      ...numbers(20, 29),
    ]);
  });

  it("reports what stands in a tile that is gone, and which tile a proof needs", async () => {
    const router = new TestRouter(database.db.kysely);
    await router.write(Array.from({ length: 520 }, () => ({})));
    await (await openTestLog(database.db)).poll();
    await database.db.kysely
      .deleteFrom("audit_tile")
      .where("level", "=", 0)
      .where("index", "=", 0)
      .execute();
    const log = await openTestLog(database.db);
    const reason = "the tree's tile with its leaf cannot be read";
    expect(await streamed(log)).toEqual([{ from: 0, to: 255, reason }, ...numbers(256, 519)]);
    await expect(log.inclusion(3, 520)).rejects.toThrow("tile 0 of level 0");
    expect(await log.inclusion(300, 520)).toHaveLength(10);
  });
});

describe("ordering what is damaged", () => {
  it("lets a router wait whose next batch cannot be read, while others go on, and says so", async () => {
    const [broken, whole] = [
      new TestRouter(database.db.kysely),
      new TestRouter(database.db.kysely),
    ];
    const long = Array.from({ length: 10 }, () => ({ person: "p".repeat(200) }));
    await broken.write(long);
    const damaged = await broken.write(long);
    await broken.write(long);
    await damageLines(damaged);
    await whole.write([{}, {}]);

    const log = await openTestLog(database.db);
    expect(await log.poll()).toBe(12);
    await whole.write([{}]);
    expect(await log.poll()).toBe(1);
    expect(await log.poll()).toBe(0);
    expect(log.problems()).toEqual([
      expect.stringMatching(
        `^router ${broken.id}: its next batch cannot be read \\(missing chunk number 0`,
      ),
    ]);
    expect(await log.positionOf(broken.id, 11)).toBeUndefined();

    // From a backup.
    const { row } = damaged;
    await withoutTriggers(
      sql`delete from audit_batch where router = ${row.router} and first = ${row.first}`,
    );
    await database.db.kysely.insertInto("audit_batch").values(row).execute();
    const next = await openTestLog(database.db);
    expect(await next.poll()).toBe(20);
    expect(next.problems()).toEqual([]);
    expect(await next.positionOf(broken.id, 30)).toBe(next.size - 1);
  });

  it("does not go on from a head that contradicts itself", async () => {
    const { log } = await thirtyRecords();
    await sql`update audit_head set root = sha256('x')`.execute(database.db.kysely);
    await new TestRouter(database.db.kysely).write([{}]);
    await expect(log.poll()).rejects.toThrow("the head of the log is damaged");
    await expect(openTestLog(database.db)).rejects.toThrow("the head of the log is damaged");
  });
});
