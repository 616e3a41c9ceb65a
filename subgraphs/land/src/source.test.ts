import { type Database, migrate, openDatabase, type RowLimit } from "@truc/service";
import { createTestDatabase, databaseServers, type TestDatabase } from "@truc/service/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { migrations } from "../migrations/index.ts";
import {
  communeMeaning,
  encumbrancesOfParcel,
  findParcelIds,
  landUseTypesOn,
  parcelByCertificate,
  parcelById,
  type ParcelSearch,
  rightsOfCitizen,
  rightsOfCompany,
  rightsOfParcel,
  usesOfParcel,
} from "./source.ts";
import { planOf, recording, scansIn } from "./testing/explain.ts";
import {
  certificateOf,
  citizenOf,
  communeOf,
  companyOf,
  loadManyParcels,
  nameOf,
  parcelOf,
  provinceOf,
} from "./testing/many-parcels.ts";

/** The limits that statements are held to: what a grant of each kind makes of them. */
const NO_LIMIT: RowLimit = { provinces: null, pins: null };
const people = [77, 97, 194, 5_000, 20_000].map(citizenOf);
const limits: [name: string, limit: RowLimit][] = [
  ["no limit", NO_LIMIT],
  ["one province", { provinces: [provinceOf(77)], pins: null }],
  ["some provinces", { provinces: [0, 77, 200].map(provinceOf), pins: null }],
  ["some people", { provinces: null, pins: people }],
  ["some people in one province", { provinces: [provinceOf(77)], pins: people }],
  ["nobody", { provinces: null, pins: [] }],
];
const page = { first: 20, after: null };
const some = (of: (n: number) => string): string[] =>
  Array.from({ length: 50 }, (_, at) => of(at * 97));

const old = { code: communeOf(77), from: "1900-01-01", to: "2025-07-01" };
const present = { code: communeOf(77), from: "2025-07-01", to: null };
const anything: ParcelSearch = {
  commune: null,
  sheet: null,
  use: null,
  area: { min: null, max: null },
  holderName: null,
  encumbered: null,
};
const searches: [name: string, search: Partial<ParcelSearch>][] = [
  ["commune of today", { commune: present }],
  ["commune of today and sheet", { commune: present, sheet: 3 }],
  ["earlier commune", { commune: old }],
  ["earlier commune and sheet", { commune: old, sheet: 3 }],
  ["commune and area", { commune: present, area: { min: 50, max: 100 } }],
  ["commune and use", { commune: present, use: "CLN" }],
  ["commune and encumbrance", { commune: present, encumbered: true }],
  ["commune and no encumbrance", { commune: present, encumbered: false }],
  ["commune and holder", { commune: present, holderName: "ho7" }],
  ["holder", { holderName: nameOf(77) }],
  ["holder by the beginning of the name", { holderName: "ho7 dem3" }],
  ["a common holder's name and area", { holderName: "ho7", area: { min: 50, max: null } }],
  ["holder and sheet", { holderName: "ho7 dem3", sheet: 2 }],
  ["holder and area", { holderName: "ho7 dem3", area: { min: 50, max: 100 } }],
  ["holder and use", { holderName: "ho7 dem3", use: "CLN" }],
  ["holder and no encumbrance", { holderName: "ho7 dem3", encumbered: false }],
];

type Read = (db: Database, limit: RowLimit) => Promise<object | null>;
/** Of rows that limits apply to. */
const rowReads: [name: string, read: Read][] = [
  ["parcelById", (db, limit) => parcelById.batch(db, some(parcelOf), limit, undefined)],
  [
    "parcelByCertificate",
    (db, limit) => parcelByCertificate.batch(db, some(certificateOf), limit, undefined),
  ],
  ["rightsOfCitizen", (db, limit) => rightsOfCitizen.batch(db, some(citizenOf), limit, page)],
  [
    "rightsOfCitizen, a later page",
    (db, limit) =>
      rightsOfCitizen.batch(db, some(citizenOf), limit, { first: 20, after: ["2020-01-01", "x"] }),
  ],
  ["rightsOfCompany", (db, limit) => rightsOfCompany.batch(db, some(companyOf), limit, page)],
  ...searches.map(([name, search]): [string, Read] => [
    `search by ${name}`,
    (db, limit) => findParcelIds(db, { ...anything, ...search }, limit, page),
  ]),
  ...searches.map(([name, search]): [string, Read] => [
    `search by ${name}, a later page`,
    (db, limit) =>
      findParcelIds(db, { ...anything, ...search }, limit, { first: 20, after: ["10000-1-1"] }),
  ]),
];

/** Of parts of parcels seen already, and of what is public. */
const partReads: [name: string, read: Read][] = [
  ["usesOfParcel", (db) => usesOfParcel.batch(db, some(parcelOf), undefined)],
  ["rightsOfParcel", (db) => rightsOfParcel.batch(db, some(parcelOf), { asOf: null })],
  [
    "rightsOfParcel of a day",
    (db) => rightsOfParcel.batch(db, some(parcelOf), { asOf: "2020-01-01" }),
  ],
  ["encumbrancesOfParcel", (db) => encumbrancesOfParcel.batch(db, some(parcelOf), { asOf: null })],
  ["communeMeaning", (db) => communeMeaning(db, communeOf(77), "2020-01-01")],
  ["landUseTypesOn", (db) => landUseTypesOn(db, "2025-01-01")],
];

describe.each(databaseServers())("statements on $dialect over many parcels", (server) => {
  let database: TestDatabase;
  let db: Database;

  beforeAll(async () => {
    database = await createTestDatabase(server);
    db = openDatabase(database.url);
    await migrate(db, migrations);
    await loadManyParcels(db);
  });
  afterAll(async () => {
    await db?.close();
    await database?.drop();
  });

  test.each([...rowReads, ...partReads])(
    "%s is one statement, finds something and scans no big table",
    async (_, read) => {
      const recorded = recording(db);
      const found = await read(recorded.db, NO_LIMIT);
      expect(recorded.statements).toHaveLength(1);
      expect(found).not.toBeNull();
      expect(sizeOf(found!)).toBeGreaterThan(0);
      expect(await scansIn(db, recorded.statements[0]!)).toEqual([]);
    },
  );

  describe.each(limits)("within %s", (_name, limit) => {
    test.each(rowReads)("%s is one statement and scans no big table", async (_, read) => {
      const recorded = recording(db);
      await read(recorded.db, limit);
      expect(recorded.statements).toHaveLength(1);
      expect(await scansIn(db, recorded.statements[0]!)).toEqual([]);
    });
  });

  test("a holder's name is looked for in the caller's province only", async () => {
    const recorded = recording(db);
    const limit: RowLimit = { provinces: [provinceOf(77)], pins: null };
    await findParcelIds(recorded.db, { ...anything, holderName: "ho7" }, limit, page);
    expect(await planOf(db, recorded.statements[0]!)).toContain(
      "right_holder_by_province_and_name",
    );
  });

  test("the check itself notices a scan of a table and of an index", async () => {
    const recorded = recording(db);
    await recorded.db.kysely.selectFrom("parcel").select("id").where("origin", "=", "x").execute();
    await recorded.db.kysely
      .selectFrom("right_holder")
      .select("id")
      .orderBy("id")
      .limit(1)
      .execute();
    expect(await scansIn(db, recorded.statements[0]!)).toHaveLength(1);
    expect(await scansIn(db, recorded.statements[1]!)).toHaveLength(1);
  });
});

function sizeOf(found: object): number {
  if (found instanceof Map) return found.size;
  return Array.isArray(found) ? found.length : 1;
}
