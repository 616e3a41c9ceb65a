import { sql } from "kysely";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  createAuditDatabase,
  openTestLog,
  type TestAuditDatabase,
} from "../log/testing/test-log.ts";
import { TestRouter } from "../log/testing/test-router.ts";
import { type ReadRecordsOptions, readRecords, type UnreadableRecords } from "./read-records.ts";
import { failingAt } from "./test-segments.ts";

let database: TestAuditDatabase;

beforeAll(async () => {
  database = await createAuditDatabase();
});

afterAll(async () => {
  await database.drop();
});

async function read(
  from: string | number,
  to: string | number,
  options: Partial<ReadRecordsOptions> = {},
): Promise<{ id: string; purpose: string | null | undefined; place: string }[]> {
  const found: { id: string; purpose: string | null | undefined; place: string }[] = [];
  const range = { from: new Date(from), to: new Date(to) };
  for await (const { record, context, router, sequence } of readRecords({
    db: database.db,
    ...range,
    ...options,
  }))
    found.push({ id: record.id, purpose: context?.purpose, place: `${router} ${sequence}` });
  return found;
}

it("gives the records of requests that arrived in a stretch of time, ordered or not", async () => {
  const start = Date.parse("2026-08-25T00:00:00Z");
  const times = fc.integer({ min: 0, max: 10 * 24 * 3_600_000 }).map((ms) => start + ms);
  const batches = fc.array(
    fc.record({ written: times, before: fc.array(fc.nat(60_000), { minLength: 1, maxLength: 5 }) }),
    { maxLength: 20 },
  );
  await fc.assert(
    fc.asyncProperty(batches, times, times, fc.nat(20), async (written, one, other, ordered) => {
      await emptied();
      const log = await openTestLog(database.db);
      let now = 0;
      const routers = [0, 1].map(
        () => new TestRouter(database.db.kysely, { now: () => new Date(now) }),
      );
      const all: { id: string; purpose: string; place: string; time: number }[] = [];
      for (const [index, batch] of written.entries()) {
        now = batch.written;
        const router = routers[index % 2]!;
        const purpose = `P${index % 3}`;
        const records = batch.before.map((ms) => ({ time: now - ms }));
        const { row, records: kept } = await router.write(records, { purpose });
        for (const [line, { id, time }] of kept.entries())
          all.push({ id, purpose, place: `${router.id} ${row.first + line}`, time });
        if (index === ordered) await log.poll();
      }
      const [from, to] = [Math.min(one, other), Math.max(one, other)];
      const expected = all
        .filter(({ time }) => time >= from && time < to)
        .map(({ id, purpose, place }) => ({ id, purpose, place }));
      const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1);
      expect((await read(from, to)).toSorted(byId)).toEqual(expected.toSorted(byId));
      await log.stop();
    }),
    { numRuns: 15 },
  );
});

it("reads more batches than it asks for at one time", async () => {
  await emptied();
  const router = new TestRouter(database.db.kysely, {
    now: () => new Date("2026-08-25T12:00:00Z"),
  });
  const rows = Array.from({ length: 5_300 }, () => router.prepare([{}]).row);
  for (let at = 0; at < rows.length; at += 1_000)
    await database.db.kysely
      .insertInto("audit_batch")
      .values(rows.slice(at, at + 1_000))
      .execute();
  const found = await read("2026-08-25", "2026-08-26");
  expect(found.map(({ place }) => place)).toEqual(rows.map(({ first }) => `${router.id} ${first}`));
});

it("says what cannot be read, and reads the rest", async () => {
  await emptied();
  const router = new TestRouter(database.db.kysely, {
    now: () => new Date("2026-08-25T12:00:00Z"),
  });
  const insert = (batch: ReturnType<TestRouter["prepare"]>) =>
    router.insert(database.db.kysely, batch);
  await insert(router.prepare([{ id: "a" }]));
  await insert(router.prepare([{ id: "damaged" }, { id: "damaged too" }]));
  await insert(router.prepareLines([Buffer.from("no record")]));
  await insert(router.prepare([{ id: "b" }]));
  const unreadable: UnreadableRecords[] = [];
  const db = failingAt(
    database.db,
    "XX001",
    (row) => row["first"] === 2 && row["lines"] !== undefined,
  );
  const options = { db, onUnreadable: (what: UnreadableRecords) => void unreadable.push(what) };
  const found = await read("2026-08-25", "2026-08-26", options);
  expect(found.map(({ id }) => id)).toEqual(["a", "b"]);
  expect(unreadable).toEqual([
    { router: router.id, first: 2, reason: "invalid page in block 7 of relation" },
    { router: router.id, first: 4, reason: "the line is no record" },
  ]);
});

async function emptied(): Promise<void> {
  await database.db.kysely.transaction().execute(async (transaction) => {
    await sql`set local session_replication_role = replica`.execute(transaction);
    for (const table of [
      "audit_batch",
      "audit_router",
      "audit_span",
      "audit_router_state",
      "audit_tile",
    ])
      await sql`delete from ${sql.table(table)}`.execute(transaction);
    await sql`update audit_head set size = 0, root = sha256(''), range = '', tail = ''`.execute(
      transaction,
    );
  });
}
