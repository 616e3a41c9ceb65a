import { randomBytes } from "node:crypto";
import { sql } from "kysely";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { allEntries, expectOneTree } from "./testing/expect-one-tree.ts";
import { createAuditDatabase, openTestLog, type TestAuditDatabase } from "./testing/test-log.ts";
import { TestRouter, type WrittenBatch } from "./testing/test-router.ts";

let database: TestAuditDatabase;

beforeEach(async () => {
  database = await createAuditDatabase();
});

afterEach(async () => {
  await database.drop();
});

/** The marks that are kept, oldest first. */
async function marks(): Promise<object[]> {
  return await database.db.kysely
    .selectFrom("audit_break")
    .select(["sequence", "count", "position", "reason"])
    .orderBy("id")
    .execute();
}

/** Writes a batch as it is, with some columns changed. */
async function insert(
  router: TestRouter,
  batch: WrittenBatch,
  changed: Partial<WrittenBatch["row"]>,
): Promise<void> {
  await router.addContext({});
  await router.insert(database.db.kysely, { ...batch, row: { ...batch.row, ...changed } });
}

describe("what is not as a router writes it", () => {
  it("is in the log all the same where a chain does not fit, and marked", async () => {
    const router = new TestRouter(database.db.kysely);
    const log = await openTestLog(database.db);
    const first = await router.write([{}]);
    const forged = router.prepare([{}, {}]);
    await insert(router, forged, { chain: randomBytes(32) });
    await log.poll();
    await expectOneTree(log, [first, forged]);
    expect(await marks()).toEqual([{ sequence: 2, count: 2, position: 1, reason: "chain" }]);
    expect(log.problems()).toEqual([
      `router ${router.id}, records 2 to 3: the chain written with them does not follow from the one before`,
    ]);
  });

  it("is marked once: what comes after goes on from the chain that was written", async () => {
    const router = new TestRouter(database.db.kysely);
    const log = await openTestLog(database.db);
    router.chain = randomBytes(32);
    await router.write([{}]);
    await router.write([{}]);
    await log.poll();
    await router.write([{}]);
    await log.poll();
    expect(await marks()).toEqual([{ sequence: 1, count: 1, position: 0, reason: "chain" }]);
  });

  it("is in the log where a line is torn, and a line that is no text", async () => {
    const router = new TestRouter(database.db.kysely);
    const log = await openTestLog(database.db);
    // Older databases may hold such.
    await sql`alter table audit_batch drop constraint audit_batch_lines_counted`.execute(
      database.db.kysely,
    );
    const whole = await router.write([{}, {}, {}]);
    const torn = router.prepareLines([
      whole.lines[0]!,
      whole.lines[1]!.subarray(0, 40),
      Buffer.from([0xff, 0xfe, 0x00]),
    ]);
    await insert(router, torn, {});
    await log.poll();
    const entries = await expectOneTree(log, [whole, torn]);
    expect(entries.map(({ record }) => record === undefined)).toEqual([
      false,
      false,
      false,
      false,
      true,
      true,
    ]);
    expect(await marks()).toEqual([{ sequence: 5, count: 2, position: 4, reason: "line" }]);
    const read = await log.read([0, 3, 4, 5]);
    for (const [position, entry] of read) expect(entry).toEqual(entries[position]);
  });

  it("is in the log where a batch says less than it holds, or more", async () => {
    const router = new TestRouter(database.db.kysely);
    const log = await openTestLog(database.db);
    await sql`alter table audit_batch drop constraint audit_batch_lines_counted`.execute(
      database.db.kysely,
    );
    const more = router.prepare([{}, {}, {}]);
    router.next = 3;
    await insert(router, more, { count: 2 });
    const less = router.prepare([{}]);
    router.next = 7;
    await insert(router, less, { count: 4 });
    const after = await router.write([{}, {}]);
    await log.poll();
    const entries = await allEntries(log);
    const lines = [...more.lines, ...less.lines, ...after.lines];
    expect(entries.map(({ line }) => line)).toEqual(lines);
    expect(entries.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 3, 7, 8]);
    expect(await marks()).toEqual([
      { sequence: 1, count: 2, position: 0, reason: "count" },
      { sequence: 3, count: 4, position: 3, reason: "count" },
    ]);
    const read = await log.read([0, 1, 2, 3, 4, 5]);
    for (const [position, entry] of read) expect(entry).toEqual(entries[position]);
    expect(await log.positionOf(router.id, 8)).toBe(5);
    expect(await log.positionOf(router.id, 5)).toBeUndefined();
  });

  it("is in the log where its context is missing", async () => {
    const router = new TestRouter(database.db.kysely);
    const log = await openTestLog(database.db);
    await router.write([{}, { context: randomBytes(32).toString("base64url") }]);
    await log.poll();
    const entries = await allEntries(log);
    expect(entries.map(({ context }) => context?.purpose)).toEqual(["TEST", undefined]);
    expect(await marks()).toEqual([{ sequence: 2, count: 1, position: 1, reason: "context" }]);
  });

  it("is marked where numbers are left out, and what is there is in the log", async () => {
    const router = new TestRouter(database.db.kysely);
    const log = await openTestLog(database.db);
    const before = await router.write([{}, {}]);
    router.prepare([{}, {}, {}]);
    const after = await router.write([{}]);
    await log.poll();
    const entries = await allEntries(log);
    expect(entries.map(({ line }) => line)).toEqual([...before.lines, ...after.lines]);
    expect(entries.map(({ sequence }) => sequence)).toEqual([1, 2, 6]);
    expect(await marks()).toEqual([{ sequence: 3, count: 3, position: 2, reason: "gap" }]);
  });

  it("is put into the log when what was left out turns up, in parts, and marked as late", async () => {
    const router = new TestRouter(database.db.kysely);
    const missing = [router.prepare([{}, {}]), router.prepare([{}])];
    const after = await router.write([{}]);
    const log = await openTestLog(database.db);
    await log.poll();
    await router.insert(database.db.kysely, missing[1]!);
    await (await openTestLog(database.db)).poll();
    await router.insert(database.db.kysely, missing[0]!);
    const third = await openTestLog(database.db);
    await third.poll();
    const entries = await allEntries(third);
    expect(entries.map(({ line }) => line)).toEqual([
      ...after.lines,
      ...missing[1]!.lines,
      ...missing[0]!.lines,
    ]);
    expect(entries.map(({ sequence }) => sequence)).toEqual([4, 3, 1, 2]);
    for (const entry of entries)
      expect(await third.positionOf(router.id, entry.sequence)).toBe(entry.position);
    expect(await marks()).toEqual([
      { sequence: 1, count: 3, position: 0, reason: "gap" },
      { sequence: 1, count: 2, position: 1, reason: "gap" },
      { sequence: 3, count: 1, position: 1, reason: "late" },
      { sequence: 1, count: 2, position: 2, reason: "late" },
    ]);
    const next = await router.write([{}]);
    await third.poll();
    expect((await allEntries(third)).at(-1)!.line).toEqual(next.lines[0]);
    expect(await marks()).toHaveLength(4);
  });

  it("is put into the log, part after part, when the beginning turns up first", async () => {
    const router = new TestRouter(database.db.kysely);
    const missing = [router.prepare([{}]), router.prepare([{}, {}]), router.prepare([{}])];
    await router.write([{}]);
    await (await openTestLog(database.db)).poll();
    for (const part of [0, 2, 1]) {
      await router.insert(database.db.kysely, missing[part]!);
      await (await openTestLog(database.db)).poll();
    }
    const log = await openTestLog(database.db);
    expect((await allEntries(log)).map(({ sequence }) => sequence)).toEqual([5, 1, 4, 2, 3]);
    expect((await marks()).filter((mark) => "reason" in mark && mark.reason === "gap")).toEqual([
      { sequence: 1, count: 4, position: 0, reason: "gap" },
      { sequence: 2, count: 3, position: 2, reason: "gap" },
      { sequence: 2, count: 2, position: 2, reason: "gap" },
    ]);
  });

  it("is taken in bit by bit where hundreds of batches turn up in a gap", async () => {
    const router = new TestRouter(database.db.kysely);
    const missing = Array.from({ length: 250 }, () => router.prepare([{}]));
    await router.write([{}]);
    await (await openTestLog(database.db)).poll();
    for (const batch of missing) await router.insert(database.db.kysely, batch);
    const log = await openTestLog(database.db);
    expect(await log.poll()).toBe(250);
    const sequences = (await allEntries(log)).map(({ sequence }) => sequence);
    expect(sequences).toEqual([251, ...missing.map(({ row }) => row.first)]);
  });

  it("is refused by the database where its numbers are taken, in any month", async () => {
    const router = new TestRouter(database.db.kysely);
    const { row } = await router.write([{}, {}, {}]);
    const taken = async (changed: Partial<typeof row>): Promise<string> =>
      await database.db.kysely
        .insertInto("audit_batch")
        .values({ ...row, lines: Buffer.from("{}\n".repeat(changed.count ?? 3)), ...changed })
        .execute()
        .then(
          () => "written",
          (error: { code: string }) => error.code,
        );
    // The very same once more is what a router does that does not know whether it was written.
    expect(await taken({})).toBe("23505");
    expect(await taken({ chain: randomBytes(32) })).toBe("23P01");
    expect(await taken({ month: "1999-01-01" })).toBe("23P01");
    expect(await taken({ first: 2, count: 1 })).toBe("23P01");
    expect(await taken({ first: 3, count: 5 })).toBe("23P01");
    expect(await taken({ first: 10, count: 2 })).toBe("written");
    expect(await taken({ first: 4, count: 7, month: "1999-01-01" })).toBe("23P01");
    expect(await taken({ first: 4, count: 6, month: "1999-01-01" })).toBe("written");
  });

  it("is refused where two transactions at once use the same numbers", async () => {
    const router = new TestRouter(database.db.kysely);
    const first = router.prepare([{}, {}]);
    const open = await database.another().kysely.startTransaction().execute();
    await router.insert(open, first);
    const second = database
      .another()
      .kysely.insertInto("audit_batch")
      .values({ ...first.row, first: 2, month: "1999-01-01" })
      .execute()
      .then(
        () => "written",
        (error: { code: string }) => error.code,
      );
    await expect
      .poll(async () => {
        const { rows } = await sql<{ waiting: number }>`
          select count(*) as waiting from pg_locks l join pg_database d on d.oid = l.database
          where locktype = 'advisory' and not granted and datname = current_database()`.execute(
          database.db.kysely,
        );
        return rows[0]!.waiting;
      })
      .toBe(1);
    await open.commit().execute();
    expect(await second).toBe("23P01");
  });

  it("is left out where an administrator put it under numbers that are taken, and marked", async () => {
    const router = new TestRouter(database.db.kysely);
    const first = await router.write([{}, {}]);
    const again = router.prepareLines([Buffer.from("{}")]);
    await database.db.kysely.transaction().execute(async (transaction) => {
      await sql`set local session_replication_role = replica`.execute(transaction);
      const row = { ...again.row, first: 2, month: "1999-01-01" };
      await transaction.insertInto("audit_batch").values(row).execute();
    });
    const log = await openTestLog(database.db);
    await log.poll();
    expect((await allEntries(log)).map(({ line }) => line)).toEqual(first.lines);
    expect(await marks()).toEqual([{ sequence: 2, count: 1, position: null, reason: "overlap" }]);
  });

  it("is spoken of by health after a restart too", async () => {
    const router = new TestRouter(database.db.kysely);
    await insert(router, router.prepare([{}]), { chain: randomBytes(32) });
    await (await openTestLog(database.db)).poll();
    expect((await openTestLog(database.db)).problems()).toEqual([
      `router ${router.id}, record 1: the chain written with them does not follow from the one before`,
    ]);
  });
});
