import { type Database, migrate, openDatabase } from "@truc/service";
import { createTestDatabase, databaseServers, type TestDatabase } from "@truc/service/testing";
import fc from "fast-check";
import { sql } from "kysely";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { migrations } from "../../migrations/index.ts";
import { forgetMonth } from "./forget-month.ts";
import { Postings } from "./postings.ts";
import {
  AGENCIES,
  DAY,
  entryOf,
  hashKey,
  one,
  PEOPLE,
  type Shown,
  SMALL,
  START,
  World,
} from "./test-world.ts";

const server = databaseServers().find(({ dialect }) => dialect === "postgres")!;
let database: TestDatabase;
let db: Database;

beforeAll(async () => {
  database = await createTestDatabase(server);
  db = openDatabase(database.url, { maxConnections: 4 });
  await migrate(db, migrations);
});
afterAll(async () => {
  await db.close();
  await database.drop();
});
beforeEach(empty);

async function empty(): Promise<void> {
  await sql`truncate audit_postings_run, audit_postings_page, audit_postings_held, audit_postings_time`.execute(
    db.kysely,
  );
  await sql`update audit_postings set indexed = 0, disclosed = -1, last_disclosure = -1,
    next_run = 1, longest_delay_days = 0`.execute(db.kysely);
}

const written = fc.record({
  people: fc.subarray(Array.from({ length: PEOPLE }, (_, person) => person)),
  agency: fc.constantFrom(...AGENCIES),
  delayDays: fc.constantFrom(0, 0, 0, 1, 40),
  /** Days by which the router's clock is off. */
  off: fc.constantFrom(0, 0, 0, -1, -20, 3),
  later: fc.constantFrom(false, false, true),
  readable: fc.constantFrom(true, true, true, true, false),
});
const action = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("append" as const),
      process: fc.nat(1),
      records: fc.array(written, { maxLength: 9 }),
      /** How much of what the other process appended it does not know yet. */
      behind: fc.nat(6),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("restart" as const), process: fc.nat(1) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("vain" as const),
      process: fc.nat(1),
      records: fc.array(written, { maxLength: 9 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("pass" as const),
      days: fc.constantFrom(0, 1, 7, 32),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("look" as const),
      process: fc.nat(1),
      person: fc.nat(PEOPLE - 1),
      limit: fc.integer({ min: 1, max: 9 }),
    }),
  },
);
type Action = typeof action extends fc.Arbitrary<infer T> ? T : never;

/** A walk page by page that somebody has begun, and what there was to see when she began. */
interface WalkUnderWay {
  readonly person: number;
  readonly limit: number;
  readonly expected: Shown[];
  readonly found: Shown[];
  over: boolean;
}

async function turnPage(world: World, process: number, walk: WalkUnderWay): Promise<void> {
  const before = walk.found.at(-1) ?? null;
  const page = await world.newest(process, world.keysOf(walk.person), before, walk.limit);
  walk.found.push(...page);
  walk.over = page.length < walk.limit;
}

async function act(world: World, step: Action, walks: WalkUnderWay[]): Promise<void> {
  const at = (records: readonly (typeof written extends fc.Arbitrary<infer T> ? T : never)[]) =>
    records.map(({ off, ...each }) => ({ ...each, time: world.now + off * DAY }));
  if (step.kind === "pass") world.now += step.days * DAY;
  if (step.kind === "restart") await world.open(step.process);
  if (step.kind === "vain") await world.appendInVain(step.process, at(step.records));
  if (step.kind === "append") {
    const upTo = Math.max(world.toldUpTo(step.process), world.entries.length - step.behind);
    await world.tell(step.process, upTo);
    await world.append(step.process, at(step.records));
    await world.tell(step.process);
  }
  if (step.kind === "look") {
    await world.tell(step.process);
    const { person, limit } = step;
    const walk = { person, limit, expected: world.ofPerson(person), found: [], over: false };
    await turnPage(world, step.process, walk);
    walks.push(walk);
  }
}

test(
  "finds what is on record, whatever restarts, merges and disclosures come between two pages",
  { timeout: 300_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(action, { minLength: 5, maxLength: 60, size: "max" }),
        async (steps) => {
          await empty();
          const world = new World(db);
          await world.open(0);
          await world.open(1);
          const walks: WalkUnderWay[] = [];
          for (const [index, step] of steps.entries()) {
            await act(world, step, walks);
            const walk = walks[index % 3];
            if (walk !== undefined && !walk.over) {
              await world.tell(index % 2);
              await turnPage(world, index % 2, walk);
            }
          }
          for (const process of [0, 1]) await world.tell(process);
          for (const walk of walks) {
            while (!walk.over) await turnPage(world, 0, walk);
            expect(walk.found).toEqual(walk.expected);
          }
          await checkAll(world);
        },
      ),
      { numRuns: 6 },
    );
  },
);

async function checkAll(world: World): Promise<void> {
  for (const process of world.opened) {
    for (const person of [0, PEOPLE - 1]) {
      expect(await world.newest(process, world.keysOf(person), null, 10_000)).toEqual(
        world.ofPerson(person),
      );
      const ofAuditors = [
        ...world.keysOf(person).map((sought) => ({ ...sought, atOnceOnly: true })),
        ...world.heldKeysOf(person),
      ];
      expect(await world.newest(process, ofAuditors, null, 10_000)).toEqual(
        world.where(({ people }) => people.includes(person)),
      );
    }
    for (const agency of AGENCIES) {
      const first = world.where((each) => each.agency === agency && !each.later);
      for (const key of [
        `agency:${agency}`,
        `system:system-${agency}`,
        `register:register-${agency}`,
      ])
        expect(await world.newest(process, [{ key: hashKey(key) }], null, 10_000)).toEqual(first);
    }
    const all = world.where(({ later }) => !later);
    expect(
      await world.newest(process, [{ key: hashKey("purpose:PURPOSE") }], null, 10_000),
    ).toEqual(all);
    await checkTimes(world, process);
  }
}

async function checkTimes(world: World, process: number): Promise<void> {
  for (const from of [START - 30 * DAY, START + 2 * DAY, world.now]) {
    const inside = world.where(({ time }) => time >= from && time < from + 5 * DAY);
    const stretch = await world.between(process, from, from + 5 * DAY);
    for (const { position } of inside) {
      expect(position).toBeGreaterThanOrEqual(stretch!.from);
      expect(position).toBeLessThan(stretch!.to);
    }
  }
}

describe("runs", () => {
  const runs = async () =>
    (
      await sql<{ month: string; level: number; done: Buffer | null; target: number | null }>`
        select month, level, done, target from audit_postings_run order by nth`.execute(db.kysely)
    ).rows;
  const pages = async () =>
    (await sql<{ run: number }>`select distinct run from audit_postings_page`.execute(db.kysely))
      .rows.length;

  test("of a month that is over become one, and no page of another stays", async () => {
    const world = new World(db);
    await world.open(0, { mergePages: 100 });
    for (let round = 0; round < 60; round++) {
      await world.append(
        0,
        Array.from({ length: 7 }, () => one(round % PEOPLE, { time: world.now })),
      );
      await world.tell(0);
    }
    expect((await runs()).length).toBeGreaterThan(1);
    expect((await runs()).length).toBeLessThan(24);
    world.now += 15 * DAY;
    for (let round = 0; round < 300; round++) await world.append(0, []);
    expect(await runs()).toEqual([
      { month: "2026-05", level: expect.any(Number), done: null, target: null },
    ]);
    expect(await pages()).toBe(1);
    await checkAll(world);
  });

  test("never mix months", async () => {
    const world = new World(db);
    await world.open(0);
    for (const day of ["2026-06-30", "2026-07-01"]) {
      world.now = Date.parse(day);
      await world.append(
        0,
        Array.from({ length: 7 }, () => one(1, { time: world.now })),
      );
      await world.tell(0);
    }
    await world.append(0, [
      one(1, { time: Date.parse("2026-06-30") }),
      ...Array.from({ length: 6 }, () => one(1, { time: Date.parse("2026-07-01") })),
    ]);
    await world.tell(0);
    expect((await runs()).map(({ month }) => month)).toEqual([
      "2026-06",
      "2026-07",
      "2026-06",
      "2026-07",
    ]);
    await checkAll(world);
  });

  test("stay whatever a clock says, and go when their month is dropped, some pages at a time", async () => {
    const world = new World(db);
    await world.open(0);
    await world.append(
      0,
      Array.from({ length: 7 }, () => one(1, { time: world.now })),
    );
    await world.tell(0);
    world.now = Date.UTC(2036, 5, 1);
    await world.append(0, []);
    expect(await runs()).toHaveLength(1);
    await forgetMonth(db, "2026-04");
    expect(await runs()).toHaveLength(1);
    await forgetMonth(db, "2026-05");
    expect(await runs()).toEqual([]);
    expect(await pages()).toBe(0);
  });
});

describe("disclosure", () => {
  test("is at one moment a size, so that a cursor never passes what is disclosed later", async () => {
    const world = new World(db);
    await world.open(0);
    await world.append(0, [one(1, { delayDays: 2 }), one(1, { delayDays: 1 }), one(2)]);
    await world.tell(0);
    world.now += DAY;
    await world.append(0, []);
    expect(await world.newest(0, world.keysOf(1), null, 10)).toEqual([{ at: 3, position: 1 }]);
    world.now += DAY;
    await world.append(0, []);
    // Record 0 would lie behind (3, 1), which may have been read by now.
    expect(await world.newest(0, world.keysOf(1), null, 10)).toEqual([{ at: 3, position: 1 }]);
    await world.append(0, [one(2, { time: world.now })]);
    await world.tell(0);
    expect(await world.newest(0, world.keysOf(1), null, 10)).toEqual([
      { at: 4, position: 0 },
      { at: 3, position: 1 },
    ]);
  });

  test("does not show what auditors find at once", async () => {
    const world = new World(db);
    await world.open(0);
    await world.append(0, [one(1, { delayDays: 300 })]);
    await world.tell(0);
    expect(await world.newest(0, world.keysOf(1), null, 10)).toEqual([]);
    expect(await world.newest(0, world.heldKeysOf(1), null, 10)).toEqual([{ at: 0, position: 0 }]);
    expect(await world.newest(0, [{ key: hashKey("agency:a") }], null, 10)).toEqual([
      { at: 0, position: 0 },
    ]);
  });
});

test("a process that is behind another waits for what a cursor has seen", async () => {
  const world = new World(db);
  await world.open(0);
  await world.open(1);
  await world.append(0, [one(1), one(1), one(1)]);
  await world.tell(0);
  const [newest] = await world.newest(0, world.keysOf(1), null, 1);
  expect(newest).toEqual({ at: 2, position: 2 });
  const next = world.newest(1, world.keysOf(1), newest!, 1);
  await world.tell(1);
  expect(await next).toEqual([{ at: 1, position: 1 }]);
});

test("goes on behind entries that cannot be read, which it is not told of", async () => {
  const world = new World(db);
  await world.open(0);
  await world.append(0, [one(1), one(1), one(1)]);
  const postings = new Postings({ db, ...SMALL });
  await postings.seenUpTo();
  const moment = { size: 3, now: new Date(START) };
  await postings.see([entryOf(0, one(1)), entryOf(2, one(1))], moment);
  const sought = [{ key: hashKey("agency:a") }];
  expect(await postings.look((view) => view.newest(sought, null, 10))).toEqual([
    { at: 2, position: 2 },
    { at: 0, position: 0 },
  ]);
  // Nor of the last one: it knows of the log's whole length all the same.
  await postings.see([], { ...moment, size: 5 });
  expect(await postings.look(async (view) => view.size, { at: 5 })).toBe(5);
});
