import type { Permit } from "@truc/contracts";
import { UNLIMITED } from "@truc/contracts";
import type { Database, Loader, RowLimit, RowLoader } from "@truc/service";
import { databaseServers } from "@truc/service/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CitizenFilter, selectiveFilter } from "./citizen-filter.ts";
import * as source from "./source.ts";
import { crowdCommune, crowdHousehold, crowdPin, insertCrowd } from "./testing/crowd.ts";
import { explainAll } from "./testing/plans.ts";
import { analyse } from "./testing/register.ts";
import { startRegister, type TestRegister } from "./testing/start-register.ts";

const permit: Permit = {
  aud: "population",
  iat: 0,
  exp: 0,
  scopes: ["population:residence"],
  limits: UNLIMITED,
  distance: 0,
  system: "test",
};
const twenty = Array.from({ length: 20 }, (_, index) => index * 7);
const pins = twenty.map(crowdPin);
const households = twenty.map(crowdHousehold);

type Work = (db: Database) => Promise<unknown>;

function load<K>(loader: Loader<K, any, undefined>, keys: readonly K[]): Work {
  return (db) => loader.batch(db, keys, undefined);
}

/** Every kind of limit that a caller can have. */
const limits: Record<string, RowLimit> = {
  "": { provinces: null, pins: null },
  ", in a province": { provinces: ["99"], pins: null },
  ", in many provinces": {
    provinces: Array.from({ length: 34 }, (_, at) => String(66 + at)),
    pins: null,
  },
  ", among PINs": { provinces: null, pins },
  ", among PINs in a province": { provinces: ["99"], pins },
};

/** One case for each limit. */
function limited(way: string, work: (limit: RowLimit) => Work): Record<string, Work> {
  return Object.fromEntries(
    Object.entries(limits).map(([words, limit]) => [way + words, work(limit)]),
  );
}

function rows<K, A = undefined>(
  way: string,
  loader: RowLoader<K, any, A>,
  keys: readonly K[],
  ...[args]: A extends undefined ? [] : [A]
): Record<string, Work> {
  return limited(way, (limit) => (db) => loader.batch(db, keys, limit, args as A));
}

function search(
  filter: CitizenFilter,
  after: number[] | null = null,
  limit: RowLimit = limits[""]!,
): Work {
  return (db) =>
    source.findCitizens(db, selectiveFilter(filter, permit), limit, { first: 20, after });
}

function searches(
  way: string,
  filter: CitizenFilter,
  after: number[] | null = null,
): Record<string, Work> {
  return limited(way, (limit) => search(filter, after, limit));
}

function units(
  filter: { name?: string; level?: string; parent?: string },
  after: string[] | null = null,
) {
  const { name = null, level = null, parent = null } = filter;
  return (db: Database) =>
    source.findUnits(db, { asOf: "2025-07-01", name, level, parent, first: 20, after });
}

const day = { from: "1975-02-05", to: "1975-02-05" };
/** Those of the first of the crowd. */
const ofTheFirst = { from: "1940-01-01", to: "1944-12-31" };
const years = { from: "1975-01-01", to: "1979-12-31" };

/** Every way in which the register asks its database, by the export of source.ts that asks. */
const cases: Record<string, Record<string, Work>> = {
  citizenByPin: {
    ...rows("twenty PINs", source.citizenByPin, pins),
    ...rows("one PIN", source.citizenByPin, pins.slice(0, 1)),
  },
  relativesOf: { "twenty PINs": load(source.relativesOf, pins) },
  childrenOf: { "twenty PINs": load(source.childrenOf, pins) },
  marriagesOf: { "twenty PINs": load(source.marriagesOf, pins) },
  residencesOf: { "twenty PINs": load(source.residencesOf, pins) },
  householdOf: rows("twenty PINs", source.householdOf, pins),
  householdByNumber: rows("twenty numbers", source.householdByNumber, households),
  housematesOf: rows("one PIN", source.housematesOf, pins.slice(0, 1)),
  wardsOf: rows("one PIN", source.wardsOf, pins.slice(0, 1), { adult: "2008-01-01" }),
  membersOf: { "twenty numbers": load(source.membersOf, households) },
  unitByKey: {
    "twenty keys": load(
      source.unitByKey,
      twenty.map((index) => ({ code: crowdCommune(index), asOf: "2025-07-01" })),
    ),
  },
  successorsOf: {
    "twenty keys": load(
      source.successorsOf,
      twenty.map((index) => ({ code: String(10_000 + index), since: "1000-01-01" })),
    ),
  },
  spansOfToday: { "one code": (db) => source.spansOfToday(db, crowdCommune(1)) },
  findCitizens: {
    ...searches("name and commune", { name: "Nguyen Van An", commune: crowdCommune(1) }),
    ...searches("name and birth dates", { name: "Nguyen Van An", birthDate: years }),
    ...searches("name and birth date", { name: "Nguyen An", birthDate: day }),
    ...searches("birth date and province", { birthDate: day, province: "99" }),
    ...searches("birth date and commune", { birthDate: day, commune: crowdCommune(1) }),
    ...searches("household", { householdNumber: crowdHousehold(5) }),
    ...searches("everything", {
      name: "Nguyen Van An",
      birthDate: day,
      province: "99",
      commune: crowdCommune(1),
      householdNumber: crowdHousehold(5),
    }),
    ...searches("a further page", { name: "Nguyen Van An", birthDate: ofTheFirst }, [1]),
  },
  findUnits: {
    everything: units({}),
    "a further page": units({}, ["x", "10000"]),
    name: units({ name: "xã Van 1" }),
    level: units({ level: "COMMUNE" }),
    parent: units({ parent: "99" }),
    "all parts": units({ name: "Van 1", level: "COMMUNE", parent: "99" }, ["x", "10000"]),
  },
};

test("every export that asks the database has a case", () => {
  const asking = Object.entries(source)
    .filter(
      ([, value]) =>
        (typeof value === "object" && "batch" in value) ||
        value.constructor.name === "AsyncFunction",
    )
    .map(([name]) => name);
  expect(Object.keys(cases).toSorted()).toEqual(asking.toSorted());
});

describe.each(databaseServers())("plans on $dialect", (server) => {
  let register: TestRegister;
  beforeAll(async () => {
    register = await startRegister(server, async (db) => {
      await insertCrowd(db);
      await analyse(db);
    });
  });
  afterAll(() => register.stop());

  test("a statement that reads a whole table is noticed", async () => {
    const [explained] = await explainAll(register.db, (db) =>
      db.kysely.selectFrom("citizen").select("pin").where("phone", "=", "+84113000001").execute(),
    );
    expect(explained?.reads).toMatchObject([{ table: "citizen", whole: true }]);
  });

  test("a name is looked up by the name, not by going through all births of five years", async () => {
    const explained = await explainAll(
      register.db,
      search({ name: "Nguyen Van An", birthDate: years }),
    );
    expect(
      explained.flatMap(({ indexes }) => indexes).toSorted((a, b) => a.localeCompare(b)),
    ).toEqual(["citizen_full_name", "citizen_short_name"]);
  });

  const table = Object.entries(cases).flatMap(([name, ways]) =>
    Object.entries(ways).map(([way, work]) => [name, way, work] as const),
  );
  test.each(table)("%s by %s reads no whole table", async (_name, _way, work) => {
    const explained = await explainAll(register.db, work);
    expect(explained.length).toBeGreaterThan(0);
    for (const { sql, reads } of explained) {
      expect(reads.length, sql).toBeGreaterThan(0);
      expect(
        reads.filter(({ whole }) => whole),
        sql,
      ).toEqual([]);
    }
  });
});
