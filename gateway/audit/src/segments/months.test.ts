import { readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { sql } from "kysely";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AuditLog } from "../log/audit-log.ts";
import {
  createAuditDatabase,
  openTestLog,
  TEST_SIGNER,
  type TestAuditDatabase,
} from "../log/testing/test-log.ts";
import { TestRouter } from "../log/testing/test-router.ts";
import { firstMonthKept, Postings } from "../postings/postings.ts";
import { rootOfInclusion } from "../verifier/proofs.ts";
import { verifyLog } from "../verifier/index.ts";
import { dropMonth } from "./drop-month.ts";
import { exportMonth } from "./export-month.ts";
import { addMonthsAhead, keepMonthsAhead } from "./months-ahead.ts";
import { noteRetention } from "./retention.ts";
import { createFolder, linesOf } from "./test-segments.ts";

let database: TestAuditDatabase;
let folder: { path: string; remove(): Promise<void> };

beforeEach(async () => {
  database = await createAuditDatabase();
  folder = await createFolder();
});

afterEach(async () => {
  await database.drop();
  await folder.remove();
});

const path = (name: string): string => join(folder.path, name);

async function partitions(): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select inhrelid::regclass::text as name from pg_inherits
    where inhparent = 'audit_batch'::regclass order by 1`.execute(database.db.kysely);
  return rows.map(({ name }) => name);
}

describe("partitions of the months", () => {
  it("are made for this month and the next three, once", async () => {
    const before = await partitions();
    for (let round = 0; round < 2; round++)
      expect(await addMonthsAhead(database.db, new Date("2031-11-30T23:59:59Z"))).toEqual([]);
    expect((await partitions()).filter((name) => !before.includes(name))).toEqual([
      "audit_batch_2031_11",
      "audit_batch_2031_12",
      "audit_batch_2032_01",
      "audit_batch_2032_02",
    ]);
  });

  it("take what routers write, and are kept as it was written", async () => {
    await addMonthsAhead(database.db, new Date("2031-11-05"));
    await new TestRouter(database.db.kysely, { now: () => new Date("2031-12-05") }).write([{}]);
    const { rows } = await sql`select first from audit_batch_2031_12`.execute(database.db.kysely);
    expect(rows).toEqual([{ first: 1 }]);
    await expect(sql`truncate audit_batch_2031_12`.execute(database.db.kysely)).rejects.toThrow(
      "keeps what was written",
    );
  });

  it("take along what was written for them too early, as it was", async () => {
    const early = new TestRouter(database.db.kysely, { now: () => new Date("2031-12-05") });
    const { row } = await early.write([{}, {}]);
    const { kysely } = database.db;
    expect((await sql`select first from audit_batch_other`.execute(kysely)).rows).toHaveLength(1);
    expect(await addMonthsAhead(database.db, new Date("2031-11-05"))).toEqual([]);
    expect((await sql`select first from audit_batch_other`.execute(kysely)).rows).toEqual([]);
    const moved = sql<typeof row>`select router, first, count, written, chain, lines
      from audit_batch_2031_12`;
    const { month: _month, ...rest } = row;
    expect((await moved.execute(kysely)).rows).toEqual([rest]);
    for (const table of ["audit_batch_2031_12", "audit_batch_other"]) {
      await new TestRouter(kysely, { now: () => new Date("1999-12-05") }).write([{}]);
      await expect(sql`delete from ${sql.table(table)}`.execute(kysely)).rejects.toThrow(
        "keeps what was written",
      );
    }
    const more = await early.write([{}]);
    expect(more.row.first).toBe(3);
  });

  it("that cannot be made are reported, and the others made all the same", async () => {
    // A table's row type needs the name as well.
    await sql`create type audit_batch_2031_12 as enum ()`.execute(database.db.kysely);
    let problems: string[] = [];
    const stop = await keepMonthsAhead({
      db: database.db,
      log: { warn: () => {} },
      now: () => new Date("2031-11-05"),
      report: (found) => void (problems = found),
    });
    await stop();
    expect(problems).toEqual([
      expect.stringMatching(/^the partition of 2031-12 could not be made \(.*already exists/),
    ]);
    expect(await partitions()).toContain("audit_batch_2032_02");
  });

  it("are made as time goes on", async () => {
    let now = new Date("2031-11-05");
    const stop = await keepMonthsAhead({
      db: database.db,
      log: { warn: () => {} },
      now: () => now,
      everyMs: 20,
    });
    try {
      expect(await partitions()).not.toContain("audit_batch_2032_03");
      now = new Date("2031-12-01");
      await expect.poll(partitions).toContain("audit_batch_2032_03");
    } finally {
      await stop();
    }
  });
});

describe("a month", () => {
  let log: AuditLog;
  let now: Date;
  let router: TestRouter;
  let other: TestRouter;

  beforeEach(async () => {
    now = new Date("2026-09-10T08:00:00Z");
    await addMonthsAhead(database.db, now);
    log = await openTestLog(database.db, { now: () => now });
    router = new TestRouter(database.db.kysely, { now: () => now });
    other = new TestRouter(database.db.kysely, { now: () => now });
  });

  afterEach(async () => {
    await log.stop();
  });

  async function write(at: string, ...routers: TestRouter[]): Promise<void> {
    now = new Date(at);
    for (const each of routers) await each.write([{}, {}]);
    await log.poll();
    await log.issueCheckpoint();
  }

  const exported = (month: string, directory = month) =>
    exportMonth({ db: database.db, month, directory: path(directory), now: () => now });
  const dropped = (month: string, options: Partial<Parameters<typeof dropMonth>[0]> = {}) =>
    dropMonth({ db: database.db, month, retentionMonths: 24, now: () => now, ...options });

  it("is exported when it is over, and goes on where the one before ended", async () => {
    await write("2026-09-10T08:00:00Z", router, other);
    await write("2026-09-30T23:59:59Z", router);
    await expect(exported("2026-09")).rejects.toThrow("2026-09 is not over yet.");
    // Of one look, and so under one checkpoint: the last of September and the first of October.
    now = new Date("2026-09-30T23:59:59.500Z");
    await other.write([{}]);
    await write("2026-10-01T00:00:00Z", router);
    await write("2026-10-20T00:00:00Z", router);
    const september = await exported("2026-09");
    expect(september.description).toMatchObject({ from: 0, to: 9 });
    await write("2026-11-02T00:00:00Z", other);
    const october = await exported("2026-10");
    expect(october.description).toMatchObject({ from: 9, to: 11 });
    await write("2026-12-02T00:00:00Z", other);
    const november = await exported("2026-11");
    expect(november.description).toMatchObject({ from: 11, to: 13 });
    const report = await verifyLog(["2026-11", "2026-09", "2026-10"].map(path), {
      keys: [TEST_SIGNER.verifierKey],
    });
    expect([report.findings, report.warnings]).toEqual([[], []]);
  });

  it("is exported the same again", async () => {
    await write("2026-09-10T08:00:00Z", router);
    await write("2026-10-10T08:00:00Z", router);
    const first = await exported("2026-09");
    await write("2026-11-10T08:00:00Z", router);
    expect((await exported("2026-09", "again")).digest).toEqual(first.digest);
  });

  it.each([
    ["2026-13", '"2026-13" is no month: write it as yyyy-mm.'],
    ["2026-9", '"2026-9" is no month: write it as yyyy-mm.'],
    ["2026-08", "The log has no records of 2026-08 to export."],
  ])("%s cannot be exported", async (month, reason) => {
    await write("2026-09-10T08:00:00Z", router);
    await expect(exported(month)).rejects.toThrow(reason);
    expect(await readdir(folder.path)).toEqual([]);
  });

  it("without a checkpoint that covers it cannot be exported yet", async () => {
    await write("2026-09-10T08:00:00Z", router);
    now = new Date("2026-09-30T23:00:00Z");
    await router.write([{}]);
    await log.poll();
    now = new Date("2026-10-01T00:00:00Z");
    await expect(exported("2026-09")).rejects.toThrow("No checkpoint covers 2026-09 yet");
  });

  describe("that is to be dropped", () => {
    beforeEach(async () => {
      await write("2026-09-10T08:00:00Z", router, other);
      await write("2026-10-10T08:00:00Z", router);
    });

    it("is kept while citizens see it", async () => {
      await exported("2026-09");
      now = new Date("2028-09-30T23:59:59Z");
      await expect(dropped("2026-09")).rejects.toThrow(
        "The records of 2026-09 are kept until 2028-10-01.",
      );
      now = new Date("2028-10-01T00:00:00Z");
      await dropped("2026-09");
      expect(await partitions()).not.toContain("audit_batch_2026_09");
      await expect(dropped("2026-09")).rejects.toThrow("The database has no partition of 2026-09.");
    });

    it("is kept until those concerned have seen for as long what they are shown late", async () => {
      const postings = new Postings({ db: database.db, maxRecords: 1 });
      const indexed = await openTestLog(database.another(), {
        now: () => now,
        followers: [postings],
      });
      now = new Date("2026-10-11T08:00:00Z");
      const subjects = { Citizen: ["AAAAAAAAAAAAAAAAAAAAAA"] };
      await router.write([{ subjects }], { purpose: "FRAUD", disclosureDelayDays: 3_650 });
      await indexed.poll();
      await log.poll();
      await log.issueCheckpoint();
      now = new Date("2026-11-01T00:00:00Z");
      await exported("2026-09");
      await exported("2026-10");
      // The end of October and 3,650 days is 29 October 2036; from then on for 24 whole months.
      now = new Date("2038-10-31T23:59:59Z");
      await expect(dropped("2026-10")).rejects.toThrow(
        "The records of 2026-10 are kept until 2038-11-01.",
      );
      expect(firstMonthKept(now, 24, 3_650)).toBe("2026-10");
      expect(await partitions()).toContain("audit_batch_2026_10");
      now = new Date("2038-11-01T00:00:00Z");
      const runs = sql`select from audit_postings_run where month = '2026-10'`;
      expect((await runs.execute(database.db.kysely)).rows).not.toEqual([]);
      await dropped("2026-10");
      expect((await runs.execute(database.db.kysely)).rows).toEqual([]);
      expect(await partitions()).not.toContain("audit_batch_2026_10");
      expect(firstMonthKept(now, 24, 3_650)).toBe("2026-11");
    });

    it.each([
      ["the process shows them for longer", 60, 24, "2031-10-01"],
      ["it is asked to be kept for longer", 24, 60, "2031-10-01"],
      ["only the process says for how long", 36, undefined, "2029-10-01"],
      ["nobody says for how long", undefined, undefined, "2028-10-01"],
      ["the process shows them for less than is said", 1, 2, "2026-12-01"],
    ])("is kept where %s", async (_, noted, retentionMonths, until) => {
      if (noted !== undefined) {
        await noteRetention(database.db.kysely, 1);
        await noteRetention(database.db.kysely, noted);
      }
      await exported("2026-09");
      const options = { ...(retentionMonths !== undefined && { retentionMonths }) };
      const drop = () =>
        dropMonth({ db: database.db, month: "2026-09", now: () => now, ...options });
      now = new Date(Date.parse(until) - 1);
      await expect(drop()).rejects.toThrow(`The records of 2026-09 are kept until ${until}.`);
      now = new Date(until);
      await drop();
    });

    it("is kept while it is not exported, or what came late is not", async () => {
      now = new Date("2029-01-01T00:00:00Z");
      const reason = "Records of 2026-09 have not been exported";
      await expect(dropped("2026-09")).rejects.toThrow(reason);
      await exported("2026-09");
      // By a clock that is far behind.
      const late = new TestRouter(database.db.kysely, { now: () => new Date("2026-09-30") });
      await late.write([{}]);
      await expect(dropped("2026-09")).rejects.toThrow(
        "Records of 2026-09 are not in the log yet, so they are in no export.",
      );
      await log.poll();
      await expect(dropped("2026-09")).rejects.toThrow(reason);
      await log.issueCheckpoint();
      await exported("2026-10");
      await expect(dropped("2026-09")).rejects.toThrow(reason);
      await write("2029-01-01T00:00:00Z", router);
      await sql`update audit_segment set stop = ${log.size} where month = '2026-10-01'`.execute(
        database.db.kysely,
      );
      await dropped("2026-09");
    });

    it.each([
      ["is not there", "none", undefined, `There is no segment in FOLDER.`],
      ["has other words", "a", "segment.json", "The segment in FOLDER is not as it was exported."],
      ["lost a file", "a", "order.jsonl", "The segment in FOLDER is not as it was exported."],
      ["was changed", "a", "records.jsonl", "The segment in FOLDER is not as it was exported."],
      ["is another month's", "b", undefined, "Records of 2026-09 have not been exported"],
    ])("is kept where the folder that is shown %s", async (_, name, file, reason) => {
      now = new Date("2029-01-01T00:00:00Z");
      await exported("2026-09", "a");
      await exported("2026-10", "b");
      if (file === "order.jsonl") await rm(join(path(name), file));
      else if (file !== undefined) await writeFile(join(path(name), file), "{}\n");
      await expect(dropped("2026-09", { directories: [path(name)] })).rejects.toThrow(
        reason.replace("FOLDER", path(name)),
      );
      expect(await partitions()).toContain("audit_batch_2026_09");
    });

    it("is dropped where the folders that are shown hold it", async () => {
      now = new Date("2029-01-01T00:00:00Z");
      await exported("2026-09", "a");
      await exported("2026-10", "b");
      await dropped("2026-09", { directories: [path("a"), path("b")] });
      expect(await partitions()).not.toContain("audit_batch_2026_09");
    });

    it("is kept while somebody else holds it", async () => {
      await exported("2026-09");
      now = new Date("2029-01-01T00:00:00Z");
      await database
        .another()
        .kysely.transaction()
        .execute(async (transaction) => {
          await sql`select count(*) from audit_batch`.execute(transaction);
          await expect(dropped("2026-09")).rejects.toThrow(
            "The database is busy with these records: try again in a moment.",
          );
        });
      await dropped("2026-09");
    });

    it("leaves the others' proofs, exports and order as they were", async () => {
      await sql`insert into audit_refusals values
        (${router.id}, '2026-09-30T23:59:00Z', 'others', 'OVERLOADED', 1),
        (${router.id}, '2026-10-01T00:00:00Z', 'others', 'OVERLOADED', 2)`.execute(
        database.db.kysely,
      );
      await exported("2026-09");
      now = new Date("2029-01-01T00:00:00Z");
      const batch = await router.write([{}]);
      await log.poll();
      await log.issueCheckpoint();
      await dropped("2026-09");
      const position = log.size - 1;
      expect(await log.positionOf(router.id, 5)).toBe(position);
      const size = log.size;
      const proof = await log.inclusion(position, size);
      const [entry] = (await log.read([position])).values();
      if (entry === undefined || !("leaf" in entry)) throw new Error("it cannot be read");
      expect(String(entry.line)).toBe(String(batch.lines[0]));
      const root = rootOfInclusion(entry.leaf, position, size, proof);
      const note = (await log.checkpoint())!;
      expect(note.split("\n").slice(1, 3)).toEqual([
        String(size),
        Buffer.from(root!).toString("base64"),
      ]);
      expect((await log.read([0])).get(0)).toMatchObject({ reason: expect.any(String) });
      await exported("2026-10");
      const report = await verifyLog([path("2026-09"), path("2026-10")], {
        keys: [TEST_SIGNER.verifierKey],
      });
      expect(report.findings).toEqual([]);
      expect(await linesOf(path("2026-10"), "records.jsonl")).toHaveLength(2);
      const { rows } = await sql`select count from audit_refusals`.execute(database.db.kysely);
      expect(rows).toEqual([{ count: 2 }]);
    });
  });
});
