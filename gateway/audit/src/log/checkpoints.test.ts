import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Checkpoints } from "./checkpoints.ts";
import type { Follower } from "./follower.ts";
import { rootOf } from "./testing/expect-one-tree.ts";
import { naiveLeaf, naiveRoot } from "./testing/naive-tree.ts";
import {
  createAuditDatabase,
  openTestLog,
  TEST_ORIGIN,
  TEST_SIGNER,
  type TestAuditDatabase,
} from "./testing/test-log.ts";
import { TestRouter } from "./testing/test-router.ts";

let database: TestAuditDatabase;

beforeEach(async () => {
  database = await createAuditDatabase();
});

afterEach(async () => {
  await database.drop();
});

async function sizes(checkpoints: Checkpoints): Promise<number[]> {
  const found: number[] = [];
  for await (const { size } of checkpoints.list(0, 1_000_000)) found.push(size);
  return found;
}

describe("checkpoints", () => {
  it("are of what is committed, one for each size, none of the empty log", async () => {
    const log = await openTestLog(database.db);
    const router = new TestRouter(database.db.kysely);
    await log.issueCheckpoint();
    expect(await log.checkpoint()).toBeUndefined();
    const { lines } = await router.write([{}, {}, {}]);
    await log.issueCheckpoint();
    expect(await log.checkpoint()).toBeUndefined();
    await log.poll();
    await log.issueCheckpoint();
    const note = await log.checkpoint();
    expect(rootOf(note!, 3)).toEqual(naiveRoot(lines.map(naiveLeaf)));
    await (await openTestLog(database.another())).issueCheckpoint();
    expect(await log.checkpoint()).toBe(note);
  });

  it("never go back in time, whatever the clock does", async () => {
    let now = new Date("2026-11-22T10:00:00.000Z");
    const log = await openTestLog(database.db, { now: () => now });
    const router = new TestRouter(database.db.kysely);
    const times: (string | undefined)[] = [];
    for (const clock of ["10:00:00.000", "09:00:00.000", "10:00:01.000"]) {
      now = new Date(`2026-11-22T${clock}Z`);
      await router.write([{}]);
      await log.poll();
      await log.issueCheckpoint();
      times.push(/^time (.*)$/m.exec((await log.checkpoint())!)?.[1]);
    }
    expect(times).toEqual([
      "2026-11-22T10:00:00.000Z",
      "2026-11-22T10:00:00.000Z",
      "2026-11-22T10:00:01.000Z",
    ]);
  });

  it.each([
    { seconds: 1, signed: [1_000, 2_000, 2_500] },
    { seconds: 0.6, signed: [1_000, 2_500] },
  ])(
    "are issued about once a second while much is caught up with, each look taking $seconds s",
    async ({ seconds, signed }) => {
      const router = new TestRouter(database.db.kysely);
      await router.write([{}]);
      const rows = Array.from({ length: 2_499 }, () => router.prepare([{}]).row);
      for (let at = 0; at < rows.length; at += 500)
        await database.db.kysely
          .insertInto("audit_batch")
          .values(rows.slice(at, at + 500))
          .execute();
      const slow: Follower = {
        follow: async (_db, entries) => {
          if (entries.length > 0) vi.advanceTimersByTime(seconds * 1_000);
          await Promise.resolve();
        },
        seenUpTo: async () => await Promise.resolve(0),
        see: () => {},
      };
      vi.useFakeTimers({ toFake: ["performance"] });
      const log = await openTestLog(database.db, { followers: [slow] });
      try {
        log.start();
        await vi.waitFor(() => expect(log.size).toBe(2_500), { timeout: 60_000 });
      } finally {
        await log.stop();
        vi.useRealTimers();
      }
      const { db } = database;
      const checkpoints = new Checkpoints(db.kysely, TEST_ORIGIN, TEST_SIGNER, () => new Date());
      expect(await sizes(checkpoints)).toEqual(signed);
    },
    120_000,
  );

  it("are thinned out when they are older than a day, to the last of every ten minutes", async () => {
    const now = new Date("2026-11-22T10:00:00Z");
    const checkpoints = new Checkpoints(database.db.kysely, TEST_ORIGIN, TEST_SIGNER, () => now);
    const rows = [
      [1, "2026-11-20T00:00:00Z"],
      [2, "2026-11-20T00:09:59.999Z"],
      [3, "2026-11-20T00:10:00Z"],
      [4, "2026-11-21T09:58:00Z"],
      [5, "2026-11-21T09:59:59.999Z"],
      [6, "2026-11-21T10:00:00Z"],
      [7, "2026-11-21T10:00:01Z"],
    ] as const;
    await database.db.kysely
      .insertInto("audit_checkpoint")
      .values(rows.map(([size, at]) => ({ size, at, note: String(size) })))
      .execute();
    await checkpoints.thin();
    expect(await sizes(checkpoints)).toEqual([2, 3, 5, 6, 7]);
  });

  it("are never thinned out to nothing: the newest stays", async () => {
    const now = new Date("2026-11-22T10:00:00Z");
    const checkpoints = new Checkpoints(database.db.kysely, TEST_ORIGIN, TEST_SIGNER, () => now);
    const at = new Date("2026-01-01T00:00:00Z");
    await database.db.kysely
      .insertInto("audit_checkpoint")
      .values([1, 2, 3].map((size) => ({ size, at, note: "" })))
      .execute();
    await checkpoints.thin();
    expect(await sizes(checkpoints)).toEqual([3]);
  });

  it("are listed between two sizes, both included, however many there are", async () => {
    const checkpoints = new Checkpoints(
      database.db.kysely,
      TEST_ORIGIN,
      TEST_SIGNER,
      () => new Date(),
    );
    const rows = Array.from({ length: 2_500 }, (_, i) => ({
      size: i,
      at: new Date(),
      note: `${i}`,
    }));
    await database.db.kysely.insertInto("audit_checkpoint").values(rows).execute();
    const found: string[] = [];
    for await (const { note } of checkpoints.list(10, 2_400)) found.push(note);
    expect(found).toEqual(rows.slice(10, 2_401).map(({ note }) => note));
  });

  it("are issued by a log that runs, also when it starts with records nobody has signed for", async () => {
    const router = new TestRouter(database.db.kysely);
    await router.write([{}]);
    await (await openTestLog(database.db)).poll();
    const log = await openTestLog(database.another());
    log.start();
    await expect.poll(() => log.checkpointOf(1), { timeout: 20_000 }).toBeDefined();
    await router.write([{}]);
    await expect.poll(() => log.checkpointOf(2), { timeout: 20_000 }).toBeDefined();
    await log.stop();
  });
});
