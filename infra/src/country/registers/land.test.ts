import { describe, expect, test } from "vitest";
import type { AdministrativeUnit, Block, Parcel, TableRows } from "../model.ts";
import { loadGazetteer } from "../units.ts";
import { loader } from "./land.ts";

const { units, communes } = loadGazetteer();
/** A commune of today that an earlier one with another code went into. */
const commune = communes.find(({ code, earlier }) => earlier.some((unit) => unit.code !== code))!;
const earlier = commune.earlier.find(({ code }) => code !== commune.code)!;

const parcel: Parcel = {
  id: `${earlier.code}-3-14`,
  commune: earlier.code,
  sheet: 3,
  number: 14,
  place: { commune: earlier.code, asOf: "2015-05-01", province: commune.province, line: "Thôn 1" },
  areaSquareMetres: 120.5,
  uses: [
    { code: "CLN", areaSquareMetres: 70.5, term: "LIMITED", until: "2063-10-15" },
    { code: "ONT", areaSquareMetres: 50, term: "LONG_TERM", until: null },
  ],
  origin: "Nhận thừa kế quyền sử dụng đất",
  geometry: [
    [105, 21],
    [105.1, 21],
    [105.1, 21.1],
    [105, 21],
  ],
  certificate: null,
  rights: [
    {
      id: "R1",
      holder: { citizen: "901000000001" },
      nameOnCertificate: "Nguyễn Đức An",
      share: { numerator: 1, denominator: 1 },
      from: "2015-05-01",
      to: null,
    },
  ],
  encumbrances: [
    {
      id: "E1",
      kind: "MORTGAGE",
      inFavourOf: "Ngân hàng",
      company: "0100112437",
      amount: 5_000_000,
      note: "Thế chấp",
      from: "2016-01-01",
      to: "2018-01-01",
    },
  ],
};

function tablesOf(parcels: Parcel[]): Record<string, Record<string, unknown>[]> {
  const block: Block = {
    index: 0,
    people: [],
    households: [],
    parcels,
    companies: [],
    insurance: [],
    conflicts: [],
  };
  return Object.fromEntries(loader.block(block).map((table) => [table.table, objects(table)]));
}

function objects({ columns, rows }: TableRows): Record<string, unknown>[] {
  return rows.map((row) =>
    Object.fromEntries(columns.map((column, index) => [column, row[index]])),
  );
}

describe("the land register's part of a country", () => {
  test("parcels come before what refers to them, each with the province of its place", () => {
    const tables = tablesOf([parcel]);
    expect(Object.keys(tables)).toEqual(["parcel", "parcel_use", "right_holder", "encumbrance"]);
    expect(tables["parcel"]).toMatchObject([{ synthetic: true }]);
    for (const rows of Object.values(tables)) {
      expect(rows.map(({ province }) => province)).toEqual(rows.map(() => commune.province));
    }
    expect(
      tables["parcel_use"]!.map(({ position, edition, code, area }) => [
        position,
        edition,
        code,
        area,
      ]),
    ).toEqual([
      [0, 2024, "CLN", 70.5],
      [1, 2024, "ONT", 50],
    ]);
    expect(tables["right_holder"]![0]).toMatchObject({
      parcel_id: parcel.id,
      citizen: "901000000001",
      company: null,
      name_search: "nguyen duc an",
      valid_to: null,
    });
    expect(tables["encumbrance"]![0]).toMatchObject({
      kind: "MORTGAGE",
      amount: 5_000_000,
      valid_to: "2018-01-01",
    });
  });

  test("a place of an earlier commune keeps its code and gets the commune of today", () => {
    const [row] = tablesOf([parcel])["parcel"]!;
    expect(row).toMatchObject({
      place_commune: earlier.code,
      place_as_of: "2015-05-01",
      current_commune: commune.code,
      geometry: JSON.stringify({ type: "Polygon", coordinates: [parcel.geometry] }),
    });
    const moved = {
      ...parcel,
      place: { ...parcel.place, commune: commune.code, asOf: "2025-07-01" },
    };
    expect(tablesOf([moved])["parcel"]![0]).toMatchObject({ current_commune: commune.code });
  });

  test("a code that no commune had on its day is refused", () => {
    const wrong = { ...parcel, place: { ...parcel.place, commune: "99999" } };
    expect(() => tablesOf([wrong])).toThrow("no commune had the code 99999 on 2015-05-01");
  });

  test("communes of today succeed themselves, earlier ones are succeeded by communes of today", () => {
    const [table] = loader.units([...units] as AdministrativeUnit[]);
    const rows = objects(table!);
    expect(rows).toContainEqual({
      code: earlier.code,
      valid_from: "1900-01-01",
      valid_to: "2025-07-01",
      successor: commune.code,
    });
    const today = new Set(rows.filter(({ valid_to }) => valid_to === null).map(({ code }) => code));
    expect(today.size).toBe(3321);
    expect(rows.every(({ successor }) => today.has(successor))).toBe(true);
  });
});
