import { type Permit, UNLIMITED } from "@truc/contracts";
import { type Database, migrate, openDatabase } from "@truc/service";
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
import { recording, scansIn } from "./testing/explain.ts";
import {
  certificateOf,
  citizenOf,
  communeOf,
  companyOf,
  loadManyParcels,
  nameOf,
  parcelOf,
} from "./testing/many-parcels.ts";

const permit: Permit = {
  aud: "land",
  iat: 0,
  exp: 0,
  scopes: [],
  limits: UNLIMITED,
  distance: 0,
  system: "test",
};
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

type Read = (db: Database) => Promise<object | null>;
const reads: [name: string, read: Read][] = [
  ["parcelById", (db) => parcelById.batch(db, some(parcelOf), permit, undefined)],
  [
    "parcelByCertificate",
    (db) => parcelByCertificate.batch(db, some(certificateOf), permit, undefined),
  ],
  ["usesOfParcel", (db) => usesOfParcel.batch(db, some(parcelOf), permit, undefined)],
  ["rightsOfParcel", (db) => rightsOfParcel.batch(db, some(parcelOf), permit, { asOf: null })],
  [
    "rightsOfParcel of a day",
    (db) => rightsOfParcel.batch(db, some(parcelOf), permit, { asOf: "2020-01-01" }),
  ],
  [
    "encumbrancesOfParcel",
    (db) => encumbrancesOfParcel.batch(db, some(parcelOf), permit, { asOf: null }),
  ],
  ["rightsOfCitizen", (db) => rightsOfCitizen.batch(db, some(citizenOf), permit, page)],
  [
    "rightsOfCitizen, a later page",
    (db) =>
      rightsOfCitizen.batch(db, some(citizenOf), permit, { first: 20, after: ["2020-01-01", "x"] }),
  ],
  ["rightsOfCompany", (db) => rightsOfCompany.batch(db, some(companyOf), permit, page)],
  ["communeMeaning", (db) => communeMeaning(db, communeOf(77), "2020-01-01")],
  ["landUseTypesOn", (db) => landUseTypesOn(db, "2025-01-01")],
  ...searches.map(([name, search]): [string, Read] => [
    `search by ${name}`,
    (db) => findParcelIds(db, { ...anything, ...search }, page),
  ]),
  ...searches.map(([name, search]): [string, Read] => [
    `search by ${name}, a later page`,
    (db) => findParcelIds(db, { ...anything, ...search }, { first: 20, after: ["10000-1-1"] }),
  ]),
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

  test.each(reads)(
    "%s is one statement, finds something and scans no big table",
    async (_, read) => {
      const recorded = recording(db);
      const found = await read(recorded.db);
      expect(recorded.statements).toHaveLength(1);
      expect(found).not.toBeNull();
      expect(sizeOf(found!)).toBeGreaterThan(0);
      expect(await scansIn(db, recorded.statements[0]!)).toEqual([]);
    },
  );

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
