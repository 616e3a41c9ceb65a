import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { sql } from "kysely";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AuditLog } from "../log/audit-log.ts";
import {
  createAuditDatabase,
  openTestLog,
  TEST_ORIGIN,
  TEST_SIGNER,
  type TestAuditDatabase,
} from "../log/testing/test-log.ts";
import { TestRouter, type WrittenBatch } from "../log/testing/test-router.ts";
import { verifyLog, verifySegment } from "../verifier/index.ts";
import { exportSegment } from "./export-segment.ts";
import { createFolder, failingAt, jsonLinesOf, linesOf } from "./test-segments.ts";

const KEYS = { keys: [TEST_SIGNER.verifierKey] };

let database: TestAuditDatabase;
let log: AuditLog;
let folder: { path: string; remove(): Promise<void> };
let one: TestRouter;
let other: TestRouter;

beforeEach(async () => {
  database = await createAuditDatabase();
  log = await openTestLog(database.db);
  folder = await createFolder();
  one = new TestRouter(database.db.kysely, { id: "11111111-1111-4111-8111-111111111111" });
  other = new TestRouter(database.db.kysely, { id: "22222222-2222-4222-8222-222222222222" });
});

afterEach(async () => {
  await log.stop();
  await database.drop();
  await folder.remove();
});

/** Brings what routers wrote into the log, under a checkpoint. */
async function order(): Promise<number> {
  await log.poll();
  await log.issueCheckpoint();
  return log.size;
}

const textOf = (batches: readonly WrittenBatch[]): string[] =>
  batches.flatMap(({ lines }) => lines.map(String));
const placeOf = ({ row }: WrittenBatch, position: number) => ({
  position,
  router: row.router,
  first: row.first,
  count: row.count,
  written: row.written.toISOString(),
  chain: row.chain.toString("base64"),
});
const path = (name: string): string => join(folder.path, name);

describe("an export", () => {
  it("is the log's records in its order, with all it takes to verify them", async () => {
    const batches = [await one.write([{}, {}, {}], { purpose: "A" })];
    const small = await order();
    batches.push(
      await one.write([{}], { purpose: "B" }),
      await one.write([{}, {}], { purpose: "A" }),
    );
    await order();
    batches.push(await other.write([{}], { purpose: "C" }));
    const size = await order();
    const { description, digest } = await exportSegment({
      db: database.db,
      from: 0,
      directory: path("all"),
    });
    expect((await readdir(path("all"))).toSorted()).toEqual([
      "checkpoints.jsonl",
      "contexts.jsonl",
      "leaves.jsonl",
      "order.jsonl",
      "records.jsonl",
      "segment.json",
    ]);
    expect(await linesOf(path("all"), "records.jsonl")).toEqual(textOf(batches));
    expect(await jsonLinesOf(path("all"), "order.jsonl")).toEqual(
      [0, 3, 4, 6].map((position, index) => placeOf(batches[index]!, position)),
    );
    const contexts = await jsonLinesOf(path("all"), "contexts.jsonl");
    expect(new Set(contexts.map(({ purpose }) => purpose as string))).toEqual(new Set("ABC"));
    expect(contexts).toHaveLength(3);
    const checkpoints = await jsonLinesOf(path("all"), "checkpoints.jsonl");
    expect(checkpoints.map((each) => each.size)).toEqual([small, 6, size]);
    expect(checkpoints.at(-1).note).toBe(await log.checkpoint());
    expect(await linesOf(path("all"), "leaves.jsonl")).toEqual([]);
    const bytes = await readFile(path("all/segment.json"));
    expect(JSON.parse(bytes.toString())).toEqual(description);
    expect(digest).toEqual(createHash("sha256").update(bytes).digest());
    expect(description).toMatchObject({
      format: 1,
      origin: TEST_ORIGIN,
      from: 0,
      to: 7,
      left: [],
      routers: {},
      unreadable: [],
    });
    for (const [file, { bytes: length, sha256 }] of Object.entries(description.files)) {
      const content = await readFile(join(path("all"), file));
      expect([file, length]).toEqual([file, content.length]);
      expect(sha256).toBe(createHash("sha256").update(content).digest("base64"));
    }
    const report = await verifySegment(path("all"), KEYS);
    expect(report).toMatchObject({ from: 0, to: 7, checkpoints: 3, findings: [], more: 0 });
  });

  it("goes on where another one ended, also when that is not noted", async () => {
    await one.write([{}, {}, {}]);
    await other.write([{}]);
    const middle = await order();
    // One of them is written to no more.
    for (let round = 0; round < 5; round++) {
      await one.write([{}, {}]);
      await order();
    }
    const size = log.size;
    const { db } = database;
    await exportSegment({ db, from: 0, to: middle, directory: path("a") });
    await exportSegment({ db, from: middle, directory: path("b") });
    await sql`delete from audit_segment`.execute(db.kysely);
    await exportSegment({ db, from: middle, to: size, directory: path("c") });
    const [noted, found] = [await jsonOf("b"), await jsonOf("c")];
    expect(found).toEqual(noted);
    expect(noted.routers).toEqual({
      [one.id]: { next: 4, chain: expect.any(String) },
      [other.id]: { next: 2, chain: other.chain.toString("base64") },
    });
    const report = await verifyLog([path("a"), path("b")], KEYS);
    expect([report.findings, report.warnings]).toEqual([[], []]);
    expect(report.segments.map(({ from, to }) => [from, to])).toEqual([
      [0, middle],
      [middle, size],
    ]);
  });

  it("holds thousands of records of many batches in several spans", async () => {
    const written: WrittenBatch[] = [];
    for (let round = 0; round < 8; round++) {
      for (const router of [one, other]) {
        const records = Array.from({ length: 190 }, () => ({}));
        for (let batch = 0; batch < 4; batch++) written.push(await router.write(records));
      }
      await order();
    }
    await exportSegment({ db: database.db, from: 0, directory: path("all") });
    const lines = await linesOf(path("all"), "records.jsonl");
    expect(lines).toHaveLength(8 * 8 * 190);
    expect(lines.toSorted()).toEqual(textOf(written).toSorted());
    expect(await verifySegment(path("all"), KEYS)).toMatchObject({ findings: [], checkpoints: 8 });
  });

  it("has records that turned up late, and does not take their router back", async () => {
    const first = await one.write([{}]);
    const late = one.prepare([{}, {}]);
    const last = await one.write([{}]);
    await order();
    await database.db.kysely.transaction().execute((each) => one.insert(each, late));
    // A log that is opened looks for what is missing.
    await log.stop();
    log = await openTestLog(database.db);
    const middle = await order();
    await one.write([{}]);
    await order();
    const { db } = database;
    await exportSegment({ db, from: 0, to: middle, directory: path("a") });
    await exportSegment({ db, from: middle, directory: path("b") });
    expect(await linesOf(path("a"), "records.jsonl")).toEqual(textOf([first, last, late]));
    expect((await jsonOf("b")).routers[one.id].next).toBe(5);
    const report = await verifySegment(path("b"), KEYS);
    expect(report.findings).toEqual([]);
  });

  async function jsonOf(name: string): Promise<any> {
    return JSON.parse(await readFile(path(`${name}/segment.json`), "utf8")) as unknown;
  }
});

describe("what cannot be read", () => {
  let batches: WrittenBatch[];

  beforeEach(async () => {
    batches = [];
    for (let index = 0; index < 6; index++) batches.push(await one.write([{}, {}, {}]));
    await order();
  });

  const expectOthers = async (broken: number): Promise<void> => {
    const expected = batches.map((batch, index) =>
      index === broken ? ["", "", ""] : textOf([batch]),
    );
    expect(await linesOf(path("all"), "records.jsonl")).toEqual(expected.flat());
  };

  it("is reported with its range and what the tree has there; the rest is exported", async () => {
    const db = failingAt(database.db, "XX001", (row) => row["first"] === 7 && "chain" in row);
    const { description } = await exportSegment({ db, from: 0, directory: path("all") });
    expect(description.unreadable).toEqual([
      { from: 6, to: 8, reason: "invalid page in block 7 of relation" },
    ]);
    await expectOthers(2);
    expect(await jsonLinesOf(path("all"), "leaves.jsonl")).toEqual(
      batches[2]!.lines.map((line, index) => ({
        position: 6 + index,
        leaf: createHash("sha256").update("\0").update(line).digest("base64"),
      })),
    );
    const order = await jsonLinesOf(path("all"), "order.jsonl");
    expect(order.map(({ position }) => position)).toEqual([0, 3, 9, 12, 15]);
  });

  it("of a batch whose lines alone are damaged is its records: all else verifies", async () => {
    for (let index = 6; index < 9; index++)
      batches.push(
        await one.write(Array.from({ length: 3 }, () => ({ person: "p".repeat(2_000) }))),
      );
    await order();
    await takeAwayLines(batches[7]!);
    const { db } = database;
    const { description } = await exportSegment({ db, from: 0, directory: path("all") });
    expect(description.unreadable).toEqual([
      {
        from: 21,
        to: 23,
        reason: expect.stringMatching(/^missing chunk number 0 for toast value/),
      },
    ]);
    await expectOthers(7);
    expect(await jsonLinesOf(path("all"), "order.jsonl")).toHaveLength(9);
    const { findings, checkpoints } = await verifySegment(path("all"), KEYS);
    expect(findings.map(({ kind, from, to }) => [kind, from, to])).toEqual([
      ["unreadable", 21, 23],
    ]);
    expect(checkpoints).toBe(2);
  });

  it.each([
    [
      "a batch that was removed",
      sql`delete from audit_batch where first = 4`,
      { from: 3, to: 5, reason: "the batch it was in is not in the database" },
    ],
    [
      "a batch that lost a line",
      sql`update audit_batch set lines = substr(lines, position('\\x0a'::bytea in lines) + 1) where first = 4`,
      { from: 3, to: 5, reason: "its batch has not as many lines as the log knows of" },
    ],
  ])("%s", async (_, change, stretch) => {
    await tamper(change);
    const { description } = await exportSegment({
      db: database.db,
      from: 0,
      directory: path("all"),
    });
    expect(description.unreadable).toEqual([stretch]);
    await expectOthers(1);
  });

  it("a line that was changed is exported as it is, and said to be", async () => {
    await tamper(
      sql`update audit_batch set lines = overlay(lines placing '\\x20'::bytea from 1 for 1) where first = 4`,
    );
    const { db } = database;
    const { description } = await exportSegment({ db, from: 0, directory: path("all") });
    expect(description.unreadable).toEqual([
      { from: 3, to: 3, reason: "it is not what the log's tree was made of" },
    ]);
    const lines = await linesOf(path("all"), "records.jsonl");
    expect(lines[3]).toBe(` ${String(batches[1]!.lines[0]).slice(1)}`);
    const { findings } = await verifySegment(path("all"), KEYS);
    expect(findings).toContainEqual(expect.objectContaining({ kind: "changed", from: 3, to: 3 }));
  });

  it("does not take the place of a better export", async () => {
    const { db } = database;
    const whole = await exportSegment({ db, from: 0, directory: path("whole") });
    await tamper(sql`delete from audit_batch where first = 4`);
    await exportSegment({ db, from: 0, directory: path("worse") });
    const { rows } = await sql`select digest, unreadable from audit_segment`.execute(db.kysely);
    expect(rows).toEqual([{ digest: whole.digest, unreadable: 0 }]);
  });

  /** Takes away what the row of a long batch points to: the n-th that is stored so is the n-th that was written. */
  async function takeAwayLines({ row }: WrittenBatch): Promise<void> {
    const { kysely } = database.db;
    await sql`create extension if not exists pg_surgery`.execute(kysely);
    const { rows } = await sql<{ toast: string; place: number }>`
      select c.reltoastrelid::regclass::text as toast, (
        select count(*) from audit_batch o where o.first < ${row.first} and length(o.lines) > 2000
      ) as place
      from audit_batch b join pg_class c on c.oid = b.tableoid where first = ${row.first}`.execute(
      kysely,
    );
    const { toast, place } = rows[0]!;
    const chunks = await sql<{ places: string[] }>`
      select array_agg(ctid::text) as places from ${sql.table(toast)}
      group by chunk_id order by chunk_id`.execute(kysely);
    const { places } = chunks.rows[place]!;
    await sql`select heap_force_kill(${toast}::regclass, ${places}::tid[])`.execute(kysely);
  }

  async function tamper(change: ReturnType<typeof sql>): Promise<void> {
    await database.db.kysely.transaction().execute(async (transaction) => {
      await sql`set local session_replication_role = replica`.execute(transaction);
      await sql`alter table audit_batch drop constraint audit_batch_lines_counted`.execute(
        transaction,
      );
      await change.execute(transaction);
    });
  }
});

describe("an export is whole or not there", () => {
  beforeEach(async () => {
    await one.write([{}, {}]);
    await order();
    await one.write([{}]);
    await order();
  });

  it("nothing is left of one that fails", async () => {
    const db = failingAt(database.db, "57P01", (row) => row["lines"] !== undefined);
    await expect(exportSegment({ db, from: 0, directory: path("all") })).rejects.toThrow(
      "invalid page",
    );
    expect(await readdir(folder.path)).toEqual([]);
    expect((await sql`select from audit_segment`.execute(db.kysely)).rows).toEqual([]);
  });

  it.each([
    ["where a folder is already", async () => await mkdir(path("all"))],
    ["where a file is already", async () => await writeFile(path("all"), "kept")],
  ])("is refused %s", async (_, make) => {
    await make();
    await expect(
      exportSegment({ db: database.db, from: 0, directory: path("all") }),
    ).rejects.toThrow(`There is something at ${path("all")} already.`);
    expect(await readdir(folder.path)).toEqual(["all"]);
  });

  it.each([
    [
      "ends without a checkpoint",
      { from: 0, to: 1 },
      "There is no checkpoint of size 1: a segment ends with one.",
    ],
    [
      "ends beyond the log",
      { from: 0, to: 99 },
      "There is no checkpoint of size 99: a segment ends with one.",
    ],
    [
      "begins within a batch",
      { from: 1 },
      "Records were written together across 1: begin where they do.",
    ],
    [
      "is empty",
      { from: 3 },
      "There is nothing to export from position 3 on: the checkpoint that would end the segment is of 3 records.",
    ],
    ["begins before the log", { from: -1 }, "A segment begins at position 0 or behind it."],
  ])("is refused where it %s", async (_, range, reason) => {
    const directory = path("all");
    await expect(exportSegment({ db: database.db, ...range, directory })).rejects.toThrow(reason);
    expect(await readdir(folder.path)).toEqual([]);
  });

  it("is made the same again when the checkpoint it ended with is no longer kept", async () => {
    const { db } = database;
    const first = await exportSegment({ db, from: 0, to: 2, directory: path("first") });
    await sql`delete from audit_checkpoint where size = 2`.execute(db.kysely);
    const again = await exportSegment({ db, from: 0, to: 2, directory: path("again") });
    expect(again.digest).toEqual(first.digest);
  });
});
