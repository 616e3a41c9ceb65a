import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Entry } from "./entry.ts";
import type { Follower } from "./follower.ts";
import { allEntries, expectOneTree, rootOf } from "./testing/expect-one-tree.ts";
import { naiveConsistency, naiveInclusion, naiveLeaf, naiveRoot } from "./testing/naive-tree.ts";
import { createAuditDatabase, openTestLog, type TestAuditDatabase } from "./testing/test-log.ts";
import { TestRouter } from "./testing/test-router.ts";

let database: TestAuditDatabase;

beforeEach(async () => {
  database = await createAuditDatabase();
});

afterEach(async () => {
  await database.drop();
});

/** So many records, which differ by their bytes. */
function records(count: number): { bytes: number }[] {
  return Array.from({ length: count }, (_, i) => ({ bytes: i }));
}

describe("ordering", () => {
  it("puts each router's records into the log in its order, once", async () => {
    const log = await openTestLog(database.db);
    const [a, b] = [new TestRouter(database.db.kysely), new TestRouter(database.db.kysely)];
    const written = [await a.write(records(3)), await b.write(records(2))];
    expect(await log.poll()).toBe(5);
    expect(log.size).toBe(5);
    written.push(await a.write(records(1)), await a.write(records(4)));
    expect(await log.poll()).toBe(5);
    expect(await log.poll()).toBe(0);
    await expectOneTree(log, written);
    expect(log.problems()).toEqual([]);
  });

  it("puts together what each router wrote between two looks, however they took turns", async () => {
    const log = await openTestLog(database.db);
    const routers = Array.from({ length: 4 }, () => new TestRouter(database.db.kysely));
    for (let i = 0; i < 3; i++)
      for (const router of i === 1 ? routers.toReversed() : routers) await router.write(records(1));
    await log.poll();
    const entries = await allEntries(log);
    expect(entries.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3]);
    expect(new Set(entries.map(({ router }) => router)).size).toBe(4);
    const { rows } = await sql`select position, count, batches from audit_span order by 1`.execute(
      database.db.kysely,
    );
    expect(rows).toEqual([0, 3, 6, 9].map((position) => ({ position, count: 3, batches: 3 })));
  });

  it("gives entries their record, their context, their place and when they were written", async () => {
    const written = new Date("2026-03-04T05:06:07.089Z");
    const router = new TestRouter(database.db.kysely, { now: () => written });
    const log = await openTestLog(database.db);
    await router.write([{ ms: 7 }, { ms: 8 }], { purpose: "LAND_TRANSFER" });
    await log.poll();
    const [, entry] = await allEntries(log);
    expect(entry).toMatchObject({ position: 1, router: router.id, sequence: 2, written });
    expect(entry!.record).toMatchObject({ ms: 8, time: written.getTime() });
    expect(entry!.context).toMatchObject({ purpose: "LAND_TRANSFER", decision: "allowed" });
    expect(entry!.leaf).toEqual(naiveLeaf(entry!.line));
  });

  it("finds a record's position, and none for a record that is not there", async () => {
    const log = await openTestLog(database.db);
    const [a, b] = [new TestRouter(database.db.kysely), new TestRouter(database.db.kysely)];
    for (let i = 0; i < 3; i++) {
      await a.write(records(2));
      await b.write(records(3));
      await log.poll();
    }
    for (const entry of await allEntries(log))
      expect(await log.positionOf(entry.router, entry.sequence)).toBe(entry.position);
    expect(await log.positionOf(a.id, 0)).toBeUndefined();
    expect(await log.positionOf(a.id, 7)).toBeUndefined();
    expect(await log.positionOf(randomUUID(), 1)).toBeUndefined();
  });

  it("reads scattered entries as the stream gives them, and leaves out positions beyond the log", async () => {
    const log = await openTestLog(database.db);
    const router = new TestRouter(database.db.kysely);
    for (let i = 0; i < 5; i++) await router.write(records(7));
    await log.poll();
    const entries = await allEntries(log);
    const read = await log.read([34, 0, 13, 13, 35, -1, 1.5]);
    expect([...read.keys()]).toEqual([0, 13, 34]);
    for (const [position, entry] of read) expect(entry).toEqual(entries[position]);
  });

  it("takes more than one transaction's worth with one poll, through tiles of three levels", async () => {
    const log = await openTestLog(database.db);
    const routers = [new TestRouter(database.db.kysely), new TestRouter(database.db.kysely)];
    for (let i = 0; i < 66; i++) await routers[i % 2]!.write(records(1_000));
    expect(await log.poll()).toBe(66_000);
    const next = new Map(routers.map(({ id }) => [id, 1]));
    const leaves: Buffer[] = [];
    for (const { router, sequence, line } of await allEntries(log)) {
      if (sequence !== next.get(router))
        throw new Error(`${sequence} of ${router} is out of order`);
      next.set(router, sequence + 1);
      leaves.push(naiveLeaf(line));
    }
    expect([...next.values()]).toEqual([33_001, 33_001]);
    await log.issueCheckpoint();
    expect(rootOf((await log.checkpoint())!, 66_000)).toEqual(naiveRoot(leaves));
    for (const [position, size] of [
      [0, 66_000],
      [65_999, 66_000],
      [40_000, 65_536],
      [255, 257],
      [300, 511],
    ] as const)
      expect(await log.inclusion(position, size)).toEqual(
        naiveInclusion(position, leaves.slice(0, size)),
      );
    for (const [from, to] of [
      [1, 66_000],
      [65_535, 65_537],
      [256, 512],
      [777, 50_001],
    ] as const)
      expect(await log.consistency(from, to)).toEqual(naiveConsistency(from, leaves.slice(0, to)));
    const range = await log.compactRange(65_793);
    expect(range).toEqual([
      naiveRoot(leaves.slice(0, 65_536)),
      naiveRoot(leaves.slice(65_536, 65_792)),
      leaves[65_792],
    ]);
  });

  it("asks for proofs of sizes and positions there are", async () => {
    const log = await openTestLog(database.db);
    await new TestRouter(database.db.kysely).write(records(3));
    await log.poll();
    await expect(log.inclusion(3, 3)).rejects.toThrow(RangeError);
    await expect(log.inclusion(0, 4)).rejects.toThrow(RangeError);
    await expect(log.consistency(2, 1)).rejects.toThrow(RangeError);
    await expect(log.consistency(0, 4)).rejects.toThrow(RangeError);
    await expect(log.compactRange(1.5)).rejects.toThrow(RangeError);
  });

  it("orders by numbers where a router's clock goes back, into another month", async () => {
    let now = new Date("2026-12-01T00:00:00Z");
    const router = new TestRouter(database.db.kysely, { now: () => now });
    const log = await openTestLog(database.db, { now: () => now });
    const written = [await router.write(records(2))];
    now = new Date("2026-11-30T23:00:00Z");
    written.push(await router.write(records(2)));
    now = new Date("1999-01-01T00:00:00Z");
    written.push(await router.write(records(2)));
    await log.poll();
    now = new Date("2030-01-01T00:00:00Z");
    written.push(await router.write(records(2)));
    await log.poll();
    await expectOneTree(log, written);
    expect(log.problems()).toEqual([]);
  });

  it("finds the records of a router that did not introduce itself", async () => {
    const router = new TestRouter(database.db.kysely);
    const batch = router.prepare(records(2));
    await router.addContext({});
    await database.db.kysely.insertInto("audit_batch").values(batch.row).execute();
    const log = await openTestLog(database.db);
    expect(await log.poll()).toBe(2);
  });
});

describe("a look", () => {
  it("takes as many statements with many routers that have ended as with none", async () => {
    const db = database.another();
    const log = await openTestLog(db);
    await new TestRouter(database.db.kysely).write(records(1));
    const statementsOfOneLook = async (): Promise<number> => {
      let count = 0;
      db.onStatement = () => void count++;
      await log.poll();
      db.onStatement = undefined;
      return count;
    };
    await log.poll();
    const alone = await statementsOfOneLook();
    for (let i = 0; i < 40; i++) await new TestRouter(database.db.kysely).write(records(1));
    expect(await log.poll()).toBe(40);
    expect(await statementsOfOneLook()).toBe(alone);
  });
});

describe("followers", () => {
  /** Notes down what it is called with. */
  function notebook(from = 0) {
    const followed: number[][] = [];
    const seen: number[][] = [];
    const numbers = (entries: readonly Entry[]): number[] => entries.map((entry) => entry.position);
    const follower: Follower = {
      follow: async (_db, entries) => void followed.push(numbers(entries)),
      seenUpTo: async () => from,
      see: (entries) => void seen.push(numbers(entries)),
    };
    return { follower, followed, seen };
  }

  it("are called with what is appended, and shown what another process appends", async () => {
    const [one, two] = [notebook(), notebook()];
    const log = await openTestLog(database.db, { followers: [one.follower] });
    const other = await openTestLog(database.another(), { followers: [two.follower] });
    const router = new TestRouter(database.db.kysely);
    await router.write(records(2));
    await log.poll();
    await router.write(records(1));
    await log.poll();
    await other.poll();
    expect(one.followed).toEqual([[0, 1], [2]]);
    expect(two.followed).toEqual([]);
    expect(one.seen.flat()).toEqual([0, 1, 2]);
    expect(two.seen.flat()).toEqual([0, 1, 2]);
    await router.write(records(1));
    await log.poll();
    await router.write(records(1));
    await other.poll();
    expect(two.followed).toEqual([[4]]);
    expect(two.seen.flat()).toEqual([0, 1, 2, 3, 4]);
  });

  it("are shown at a start what they have not seen", async () => {
    const router = new TestRouter(database.db.kysely);
    await router.write(records(5));
    await (await openTestLog(database.db)).poll();
    const { follower, seen } = notebook(3);
    await openTestLog(database.db, { followers: [follower] });
    expect(seen.flat()).toEqual([3, 4]);
  });

  it("keep what they keep together with the log, or neither is kept", async () => {
    const router = new TestRouter(database.db.kysely);
    await router.write(records(2));
    let fails = true;
    const follower: Follower = {
      follow: async (db) => {
        await db
          .insertInto("audit_checkpoint")
          .values({ size: 77, at: new Date(), note: "kept" })
          .execute();
        if (fails) throw new Error("the index is full");
      },
      seenUpTo: async () => 0,
      see: () => {},
    };
    const log = await openTestLog(database.db, { followers: [follower] });
    await expect(log.poll()).rejects.toThrow("the index is full");
    expect(await log.checkpointOf(77)).toBeUndefined();
    fails = false;
    expect(await log.poll()).toBe(2);
    expect(await log.checkpointOf(77)).toEqual({ size: 77, note: "kept" });
  });

  it("are called without entries for what time brings about", async () => {
    const { follower, followed } = notebook();
    const log = await openTestLog(database.db, { followers: [follower] });
    await log.followTime();
    expect(followed).toEqual([[]]);
  });
});
