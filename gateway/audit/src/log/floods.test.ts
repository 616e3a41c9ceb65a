import { sql } from "kysely";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Postings } from "../postings/postings.ts";
import type { Entry } from "./entry.ts";
import { createAuditDatabase, openTestLog, type TestAuditDatabase } from "./testing/test-log.ts";
import { TestRouter } from "./testing/test-router.ts";

const MEBIBYTE = 1024 * 1024;

let database: TestAuditDatabase;

beforeEach(async () => {
  database = await createAuditDatabase();
});

afterEach(async () => {
  await database.drop();
});

/** A log, and what each of its transactions took. */
async function observed() {
  const looks: (readonly Entry[])[] = [];
  const log = await openTestLog(database.db, {
    followers: [
      {
        follow: async (_, entries) => void looks.push(entries),
        seenUpTo: async () => 0,
        see: () => {},
      },
    ],
  });
  return { log, looks };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, each) => all + each, 0);
}

describe("whoever writes with the routers' role", () => {
  it("makes no transaction read many large contexts, and holds nobody up with them", async () => {
    const rogue = new TestRouter(database.db.kysely);
    const digests: string[] = [];
    for (let i = 0; i < 400; i++)
      digests.push(await rogue.addContext({ system: `${i}${"A".repeat(63_000)}` }));
    await rogue.insert(
      database.db.kysely,
      rogue.prepare(digests.slice(0, 200).map((context) => ({ context }))),
    );
    await rogue.insert(
      database.db.kysely,
      rogue.prepare(digests.slice(200).map((context) => ({ context }))),
    );
    const honest = new TestRouter(database.db.kysely);
    await honest.write([{}]);
    const { log, looks } = await observed();
    expect(await log.poll()).toBe(401);
    const bytes = looks.map((entries) => sum(entries.map((e) => e.context!.system!.length)));
    expect(sum(bytes)).toBeGreaterThan(24 * MEBIBYTE);
    for (const each of bytes) expect(each).toBeLessThanOrEqual(16 * MEBIBYTE);
    expect(looks[0]!.some(({ router }) => router === honest.id)).toBe(true);
    expect(log.problems()).toEqual([]);
  });

  it("makes no transaction read more with many routers than with one", async () => {
    const chain = Buffer.alloc(32);
    const line = Buffer.concat([Buffer.alloc(130_000, "x"), Buffer.from("\n")]);
    await sql`insert into audit_batch
      select gen_random_uuid(), 1, 1, '2026-11-01', now(), ${chain}, ${line}
      from generate_series(1, 180)`.execute(database.db.kysely);
    const { log, looks } = await observed();
    expect(await log.poll()).toBe(180);
    for (const entries of looks)
      expect(sum(entries.map(({ line: each }) => each.length))).toBeLessThanOrEqual(16 * MEBIBYTE);
  });

  it("costs nobody anything with routers that write no batch", async () => {
    await sql`insert into audit_router select gen_random_uuid(), now()
      from generate_series(1, 2000)`.execute(database.db.kysely);
    const honest = new TestRouter(database.db.kysely);
    await honest.write([{}]);
    const fresh = sql`select router from audit_router_new`;
    expect((await fresh.execute(database.db.kysely)).rows).toEqual([{ router: honest.id }]);
    const { log } = await observed();
    expect(await log.poll()).toBe(1);
    expect(await log.poll()).toBe(0);
    expect((await fresh.execute(database.db.kysely)).rows).toEqual([]);
  });

  it("is spoken of by health where there are hundreds of new routers", async () => {
    await sql`insert into audit_batch
      select gen_random_uuid(), 1, 1, '2026-11-01', now(), sha256(''), E'x\\n'
      from generate_series(1, 700)`.execute(database.db.kysely);
    const { log } = await observed();
    let count = await log.poll();
    expect(log.problems().join()).toContain("200 routers or more wrote for the first time");
    await expect.poll(async () => (count += await log.poll())).toBe(700);
  });

  it("makes no runs of the index for months that it makes up", async () => {
    const postings = new Postings({ db: database.db, maxRecords: 1 });
    const now = new Date("2026-11-22T12:00:00Z");
    const log = await openTestLog(database.db, { followers: [postings], now: () => now });
    const subjects = { Citizen: [Buffer.alloc(16, 7).toString("base64url")] };
    const times = Array.from({ length: 40 }, (_, i) => Date.UTC(2027, 3 + i, 5));
    const rogue = new TestRouter(database.db.kysely, { now: () => now });
    await rogue.write(times.map((time) => ({ time, subjects })));
    const ahead = new TestRouter(database.db.kysely, { now: () => new Date("2031-05-05") });
    await ahead.write([{ subjects }]);
    const honest = new TestRouter(database.db.kysely, { now: () => now });
    await honest.write([{ subjects, time: Date.UTC(2026, 9, 31, 23, 59) }]);
    await log.poll();
    const { rows } = await sql`select distinct month from audit_postings_run order by 1`.execute(
      database.db.kysely,
    );
    expect(rows).toEqual([{ month: "2026-10" }, { month: "2026-11" }]);
  });
});
