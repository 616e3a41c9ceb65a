import { type Database, migrate, openDatabase } from "@truc/service";
import { createTestDatabase, databaseServers, type TestDatabase } from "@truc/service/testing";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { migrations } from "../../migrations/index.ts";
import type { GrantUse } from "./grant-use.ts";
import type { RegisterUse } from "./register-use.ts";
import { ask, type Case, CONTEXT, keep, registryWith, RULES, SCOPES } from "./test-usage.ts";

let database: TestDatabase;
let db: Database;

beforeAll(async () => {
  const server = databaseServers().find(({ dialect }) => dialect === "postgres")!;
  database = await createTestDatabase(server);
  db = openDatabase(database.url, { maxConnections: 2 });
  await migrate(db, migrations);
});

afterAll(async () => {
  await db.close();
  await database.drop();
});

const OPEN = ["Boat.draught", "Query.ports"];
const FIELDS = [...Object.keys(RULES), ...OPEN, "Gone.field"];
const DAYS = ["2026-10-31", "2026-11-01", "2026-11-02", "2026-11-03"];
const subset = (all: readonly string[]) => fc.subarray([...all]);

const contexts = fc
  .record({
    asker: fc.constantFrom(["harbour", "harbour-desk"], ["rescue", "rescue-desk"]),
    purpose: fc.constantFrom("MOORING", "RESCUE"),
    grant: fc.constantFrom("own", "other", null),
    decision: fc.constantFrom("allowed" as const, "filtered" as const, "refused" as const),
    basic: subset(FIELDS),
    refused: subset(FIELDS),
  })
  .map(({ asker, basic, refused, ...rest }) => ({
    ...CONTEXT,
    ...rest,
    agency: asker[0]!,
    system: asker[1]!,
    fields: {
      PUBLIC: basic.filter((each) => OPEN.includes(each)),
      BASIC: [],
      SENSITIVE: basic.filter((each) => !OPEN.includes(each)),
    },
    refused: rest.decision === "allowed" ? [] : refused,
  }));

const records = fc
  .record({
    day: fc.constantFrom(...DAYS),
    ms: fc.nat(86_399_999),
    outcome: fc.constantFrom(
      "answered" as const,
      "partial" as const,
      "refused" as const,
      "failed" as const,
    ),
    code: fc.constantFrom("NO_RIGHT", "REGISTER_DOWN", "TOO_LATE"),
    bytes: fc.nat(10_000),
    objects: fc.option(fc.integer({ min: 1, max: 50 }), { nil: undefined }),
  })
  .map(({ day, ms, objects, code, ...rest }) => ({
    ...rest,
    time: Date.parse(day) + ms,
    ...(rest.outcome !== "answered" && { code }),
    ...(objects !== undefined && { objects }),
  }));

const logs = fc.array(fc.record({ context: contexts, record: records }), { maxLength: 40 });
const periods = fc.constantFrom(
  ["2026-10-31", "2026-11-03"],
  ["2026-11-01", "2026-11-02"],
  ["2026-11-02", "2026-11-02"],
);

let run = 0;
/** The same log under a grant's name that no other run has. */
function ofThisRun(log: readonly Case[]): Case[] {
  return log.map(({ context, record }) => ({
    context: {
      ...context,
      grant: context.grant === null ? null : `${context.grant}-${run}`,
      legalBasis: `run ${run}`,
    },
    record,
  }));
}

const isWithin = ({ record }: Case, from: string, to: string): boolean => {
  const day = new Date(record.time!).toISOString().slice(0, 10);
  return from <= day && day <= to;
};
const readBy = ({ context, record }: Case): string[] =>
  record.outcome === "refused" || context.decision === "refused"
    ? []
    : [...context.fields.PUBLIC, ...context.fields.SENSITIVE];
const isOpenTo = (field: string, held: readonly string[]): boolean =>
  (RULES[field] ?? [[]]).some((all) => all.every((scope) => held.includes(scope)));
const countOf = (cases: readonly Case[], counts: (each: Case) => boolean): number =>
  cases.filter(counts).length;
const sumOf = (cases: readonly Case[], value: (record: Case["record"]) => number): number =>
  cases.reduce((sum, { record }) => sum + value(record), 0);

/** Every set of scopes by which alone a field is open, and from which nothing can be left out. */
function smallestWaysIn(field: string, granted: readonly string[]): string[][] {
  const sets = granted.reduce<string[][]>(
    (all, scope) => [...all, ...all.map((set) => [...set, scope])],
    [[]],
  );
  return sets.filter(
    (set) =>
      isOpenTo(field, set) &&
      set.every(
        (scope) =>
          !isOpenTo(
            field,
            set.filter((each) => each !== scope),
          ),
      ),
  );
}

describe("a grant's use", () => {
  it("is what a plain count over the log says, whatever came in how many looks", async () => {
    await fc.assert(
      fc.asyncProperty(
        logs,
        periods,
        subset(SCOPES),
        fc.integer({ min: 1, max: 20 }),
        async (log, [from, to], granted, atOnce) => {
          run += 1;
          const cases = ofThisRun(log);
          await keep(db, cases, atOnce);
          const grant = `own-${run}`;
          const use = await ask<GrantUse>(
            db,
            "grantUse",
            { grant, from, to },
            { registry: registryWith(grant, granted) },
          );
          const own = cases.filter(
            (each) => each.context.grant === grant && isWithin(each, from!, to!),
          );
          const times = own.map(({ record }) => record.time!);
          expect(use).toMatchObject({
            grant,
            system: "harbour-desk",
            agency: "harbour",
            purpose: "MOORING",
            live: true,
            from,
            to,
            requests: own.length,
            refused: countOf(own, ({ record }) => record.outcome === "refused"),
            failed: countOf(own, ({ record }) => record.outcome === "failed"),
            objects: sumOf(own, ({ objects }) => objects ?? 0),
            bytes: sumOf(own, ({ bytes }) => bytes!),
            lastUsed: times.length === 0 ? null : new Date(Math.max(...times)),
            fields: FIELDS.toSorted()
              .map((coordinate) => ({
                coordinate,
                requests: countOf(own, (each) => readBy(each).includes(coordinate)),
              }))
              .filter(({ requests }) => requests > 0),
          });
          expect(use.scopes).toEqual(
            granted.toSorted().map((scope) => {
              const opens = Object.keys(RULES)
                .toSorted()
                .filter((field) =>
                  smallestWaysIn(field, granted).some((set) => set.includes(scope)),
                );
              const requestsOf = (field: string): number =>
                countOf(own, (each) => readBy(each).includes(field));
              return {
                scope,
                requests: countOf(own, (each) =>
                  opens.some((field) => readBy(each).includes(field)),
                ),
                used: opens
                  .filter((field) => requestsOf(field) > 0)
                  .map((coordinate) => ({ coordinate, requests: requestsOf(coordinate) })),
                unused: opens.filter((field) => requestsOf(field) === 0),
              };
            }),
          );
          const left = granted.filter((scope) => !use.withdrawable.includes(scope));
          const needed = FIELDS.filter(
            (field) => own.some((each) => readBy(each).includes(field)) && isOpenTo(field, granted),
          );
          expect(needed.filter((field) => !isOpenTo(field, left))).toEqual([]);
          // And nothing more: without any one of those that are left, something that was used would close.
          for (const scope of left)
            expect(
              needed.some(
                (field) =>
                  !isOpenTo(
                    field,
                    left.filter((each) => each !== scope),
                  ),
              ),
            ).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("is told of a grant that has ended, by what was done with it", async () => {
    const context = { ...CONTEXT, grant: "ended" };
    await keep(db, [{ context, record: { time: Date.parse("2026-06-01"), bytes: 1 } }]);
    const use = await ask<GrantUse>(db, "grantUse", { grant: "ended" });
    expect(use).toMatchObject({
      grant: "ended",
      system: "harbour-desk",
      agency: "harbour",
      purpose: "MOORING",
      live: false,
      requests: 0,
      lastUsed: null,
      scopes: [],
      withdrawable: [],
      from: "2026-10-24",
      to: "2026-11-22",
    });
  });

  it("of a grant nobody used says that all of it can be withdrawn", async () => {
    const registry = registryWith("idle", ["crew:names", "boats:hull"]);
    const use = await ask<GrantUse>(db, "grantUse", { grant: "idle" }, { registry });
    expect(use).toMatchObject({
      requests: 0,
      fields: [],
      withdrawable: ["boats:hull", "crew:names"],
      scopes: [
        { scope: "boats:hull", requests: 0, used: [], unused: ["Boat.name", "Query.boat"] },
        { scope: "crew:names", requests: 0, used: [], unused: ["Boat.crew", "Sailor.name"] },
      ],
    });
  });

  it("is null for a grant that nobody knows", async () => {
    expect(await ask(db, "grantUse", { grant: "unheard-of" })).toBeNull();
  });
});

describe("a register's use", () => {
  it("is what a plain count over the log says", async () => {
    await fc.assert(
      fc.asyncProperty(logs, fc.constantFrom("boats", "crew"), async (log, register) => {
        run += 1;
        // Years apart, because a register's report is about everything that came in its period.
        const year = 2_030 + run * 3;
        const cases = ofThisRun(log).map(({ context, record }) => ({
          context,
          record: { ...record, time: record.time! + Date.UTC(year, 0) - Date.UTC(2_026, 0) },
        }));
        await keep(db, cases, 7);
        const period = { from: `${year}-01-01`, to: `${year + 1}-01-31` };
        const use = await ask<RegisterUse>(db, "registerUse", { register, ...period });
        const isOf = (field: string): boolean =>
          (RULES[field] ?? []).flat().some((scope) => scope.startsWith(`${register}:`)) ||
          (register === "boats" && OPEN.includes(field));
        const nameOf = ({
          agency,
          system,
          purpose,
        }: {
          agency: string | null;
          system: string | null;
          purpose: string | null;
        }) => `${agency} ${system} ${purpose}`;
        const askers = [...new Set(cases.map(({ context }) => nameOf(context)))];
        const readOf = (asker: string) =>
          cases.filter(
            ({ context }) =>
              nameOf(context) === asker &&
              context.decision !== "refused" &&
              [...context.fields.PUBLIC, ...context.fields.SENSITIVE].some(isOf),
          );
        const consumers = Object.fromEntries(
          askers
            .map((asker) => {
              const all = readOf(asker);
              return [
                asker,
                {
                  requests: countOf(all, ({ record }) => record.outcome !== "refused"),
                  objects: sumOf(all, ({ objects }) => objects ?? 0),
                  bytes: sumOf(all, ({ bytes }) => bytes!),
                },
              ] as const;
            })
            .filter(([, { requests }]) => requests > 0),
        );
        for (const order of ["topByRequests", "topByObjects"] as const) {
          const by = order === "topByRequests" ? "requests" : "objects";
          const values = use[order].map((each) => each[by]);
          expect(values).toEqual(values.toSorted((a, b) => b - a));
          expect(
            Object.fromEntries(
              use[order].map(({ requests, objects, bytes, ...asker }) => [
                nameOf(asker),
                { requests, objects, bytes },
              ]),
            ),
          ).toEqual(consumers);
        }
        expect(use.requests).toBe(
          Object.values(consumers).reduce((sum, { requests }) => sum + requests, 0),
        );
        const wasRefused = ({ context, record }: Case): boolean =>
          (record.outcome === "refused" || record.outcome === "partial") &&
          (context.refused.some(isOf) ||
            (record.outcome === "refused" &&
              [...context.fields.PUBLIC, ...context.fields.SENSITIVE].some(isOf)));
        const refusals: Record<string, number> = {};
        for (const each of cases.filter(wasRefused)) {
          const key = `${nameOf(each.context)} ${each.record.code}`;
          refusals[key] = (refusals[key] ?? 0) + 1;
        }
        expect(
          Object.fromEntries(
            use.refusals.map(({ code, requests, ...asker }) => [
              `${nameOf(asker)} ${code}`,
              requests,
            ]),
          ),
        ).toEqual(refusals);
        expect(use.refused).toBe(countOf(cases, wasRefused));
      }),
      { numRuns: 40 },
    );
  });

  it("names at most twenty consumers, the greatest", async () => {
    const time = Date.parse("2020-05-05");
    await keep(
      db,
      Array.from({ length: 25 }, (_, index) =>
        Array.from({ length: index + 1 }, () => ({
          context: { ...CONTEXT, system: `s-${index}` },
          record: { time, bytes: 1, objects: 100 - index },
        })),
      ).flat(),
    );
    const use = await ask<RegisterUse>(db, "registerUse", {
      register: "boats",
      from: "2020-05-05",
      to: "2020-05-05",
    });
    expect(use.topByRequests.map(({ system, requests }) => [system, requests])).toEqual(
      Array.from({ length: 20 }, (_, index) => [`s-${24 - index}`, 25 - index]),
    );
    expect(use.topByObjects[0]).toMatchObject({ objects: 25 * 76 });
    expect(use.requests).toBe((25 * 26) / 2);
  });
});
