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

describe("a transaction that commits late", () => {
  it("is put into the log when it commits, before what its router writes after it", async () => {
    const log = await openTestLog(database.db);
    const [late, other] = [new TestRouter(database.db.kysely), new TestRouter(database.db.kysely)];
    const written = [await late.write([{}])];
    expect(await log.poll()).toBe(1);

    const open = await database.another().kysely.startTransaction().execute();
    const held = late.prepare([{}, {}]);
    await late.insert(open, held);
    for (let i = 0; i < 5; i++) {
      written.push(await other.write([{}]));
      expect(await log.poll()).toBe(1);
    }
    await open.commit().execute();
    written.push(held, await late.write([{}]));

    expect(await log.poll()).toBe(3);
    await expectOneTree(log, written);
    expect(log.problems()).toEqual([]);
  });

  it("is put into the log where it is a router's first", async () => {
    const log = await openTestLog(database.db);
    const [late, other] = [new TestRouter(database.db.kysely), new TestRouter(database.db.kysely)];
    const open = await database.another().kysely.startTransaction().execute();
    const held = late.prepare([{}]);
    await late.insert(open, held);
    const written = [await other.write([{}])];
    expect(await log.poll()).toBe(1);
    await open.commit().execute();
    expect(await log.poll()).toBe(1);
    await expectOneTree(log, [...written, held]);
  });
});

describe("a process that ends in the middle", () => {
  /** The statements of a transaction that appends, each of which may be the last before the process ends. */
  async function statementsOfOneAppend(): Promise<number> {
    const db = database.another();
    const log = await openTestLog(db);
    await new TestRouter(database.db.kysely).write(Array.from({ length: 300 }, () => ({})));
    let count = 0;
    db.onStatement = () => void count++;
    await log.poll();
    return count;
  }

  it("leaves the log as it was, wherever that is, and the next one goes on from there", async () => {
    const statements = await statementsOfOneAppend();
    expect(statements).toBeGreaterThan(10);
    const router = new TestRouter(database.db.kysely);
    for (let ends = 1; ends <= statements; ends++) {
      const before = await openTestLog(database.db);
      await router.write(Array.from({ length: 300 }, () => ({})));
      const db = database.another();
      const dying = await openTestLog(db);
      let statement = 0;
      db.onStatement = () => {
        statement++;
        if (statement === ends) throw new Error("the process ends here");
      };
      await dying.poll().catch((error: Error) => {
        if (error.message !== "the process ends here") throw error;
      });
      expect(statement).toBeGreaterThanOrEqual(ends);
      const next = await openTestLog(database.db);
      expect(next.size).toBe(before.size);
      expect(await next.poll()).toBe(300);
      await next.issueCheckpoint();
    }
    const log = await openTestLog(database.db);
    const entries = await allEntries(log);
    const own = entries.filter((entry) => entry.router === router.id);
    expect(own.map(({ sequence }) => sequence)).toEqual(own.map((_, i) => i + 1));
    expect(own).toHaveLength(300 * statements);
  });

  it("has appended what it committed, though it tells nobody", async () => {
    const written = [await new TestRouter(database.db.kysely).write([{}, {}])];
    const dying = await openTestLog(database.another(), {
      followers: [
        {
          follow: async () => {},
          seenUpTo: async () => 0,
          see: (entries) => {
            if (entries.length > 0) throw new Error("the process ends here");
          },
        },
      ],
    });
    await expect(dying.poll()).rejects.toThrow("the process ends here");
    const log = await openTestLog(database.db);
    expect(log.size).toBe(2);
    expect(await log.poll()).toBe(0);
    await expectOneTree(log, written);
  });

  it("is the same where the server ends its connection", async () => {
    const router = new TestRouter(database.db.kysely);
    const written = [await router.write(Array.from({ length: 300 }, () => ({})))];
    const dying = await openTestLog(database.another(), {
      followers: [
        {
          follow: async (transaction) => {
            const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(
              transaction,
            );
            await sql`select pg_terminate_backend(${rows[0]!.pid})`.execute(database.db.kysely);
            await sql`select 1`.execute(transaction);
          },
          seenUpTo: async () => 0,
          see: () => {},
        },
      ],
    });
    await expect(dying.poll()).rejects.toThrow();
    const log = await openTestLog(database.db);
    expect(log.size).toBe(0);
    await log.poll();
    await expectOneTree(log, written);
  });
});

describe("two processes at once", () => {
  it("make one tree, with nothing twice and nothing left out", async () => {
    const written: WrittenBatch[] = [];
    const logs = [await openTestLog(database.another()), await openTestLog(database.another())];
    let writing = true;
    const routers = Array.from({ length: 4 }, () => new TestRouter(database.db.kysely));
    const writers = routers.map(async (router, r) => {
      for (let i = 0; i < 25; i++)
        written.push(
          await router.write(Array.from({ length: 1 + ((7 * i + r) % 40) }, () => ({}))),
        );
    });
    const pollers = logs.map(async (log) => {
      let ordered = 0;
      while (writing) {
        ordered += await log.poll();
        await log.issueCheckpoint();
      }
      return ordered;
    });
    await Promise.all(writers);
    writing = false;
    let ordered = 0;
    for (const count of await Promise.all(pollers)) ordered += count;
    for (const log of logs) {
      ordered += await log.poll();
      await log.issueCheckpoint();
    }
    const records = written.flatMap(({ lines }) => lines).length;
    expect(ordered).toBe(records);
    await logs[0]!.poll();
    for (const log of logs) {
      expect(log.size).toBe(records);
      await expectOneTree(log, written);
      expect(log.problems()).toEqual([]);
    }
    expect(await logs[0]!.checkpoint()).toBe(await logs[1]!.checkpoint());
  });

  it("run by themselves, each with a checkpoint at the end", async () => {
    const logs = [await openTestLog(database.another()), await openTestLog(database.another())];
    for (const log of logs) log.start();
    const router = new TestRouter(database.db.kysely);
    const written: WrittenBatch[] = [];
    for (let i = 0; i < 10; i++) written.push(await router.write([{}, {}]));
    await expect.poll(() => logs.map((log) => log.size), { timeout: 20_000 }).toEqual([20, 20]);
    await Promise.all(logs.map((log) => log.stop()));
    for (const log of logs) {
      await expectOneTree(log, written);
      expect(await log.checkpointOf(20)).toEqual({ size: 20, note: await log.checkpoint() });
      expect(log.problems()).toEqual([]);
    }
    written.push(await router.write([{}]));
    // Where one of them has put all there so far, the other looks at this router within a minute only.
    let ordered = 0;
    for (const log of logs) ordered += await log.poll();
    expect(ordered).toBe(1);
    await logs[0]!.poll();
    await expectOneTree(logs[0]!, written);
  });
});

describe("a database put back to an earlier state", () => {
  it("gets no more entries from a process that knows better", async () => {
    const log = await openTestLog(database.db);
    const router = new TestRouter(database.db.kysely);
    await router.write([{}, {}]);
    await log.poll();
    const { rows } = await sql`select * from audit_head`.execute(database.db.kysely);
    await router.write([{}]);
    await log.poll();
    await log.issueCheckpoint();
    await database.db.kysely
      .updateTable("audit_head")
      .set(rows[0] as object)
      .execute();
    // Also where there is no news.
    await database.db.kysely.updateTable("audit_router_state").set({ next: 4 }).execute();
    await expect(log.poll()).rejects.toThrow("the database was set back");
    await router.write([{}]);
    await expect(log.poll()).rejects.toThrow("the database was set back");
    await expect(log.issueCheckpoint()).rejects.toThrow("before its newest checkpoint");
    expect(await database.db.kysely.selectFrom("audit_head").select("size").execute()).toEqual([
      { size: 2 },
    ]);
  });

  it("gets no second checkpoint of a size where the log has become another one", async () => {
    const router = new TestRouter(database.db.kysely);
    await router.write([{}]);
    const log = await openTestLog(database.db);
    await log.poll();
    await log.issueCheckpoint();
    const leaf = randomBytes(32);
    await database.db.kysely
      .updateTable("audit_head")
      .set({ root: leaf, range: leaf, tail: leaf })
      .execute();
    await expect(log.issueCheckpoint()).rejects.toThrow("is not what its checkpoint says");
  });
});
