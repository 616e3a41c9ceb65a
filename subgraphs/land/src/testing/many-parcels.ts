import type { Database } from "@truc/service";
import { sql } from "kysely";

const PARCELS = 30_000;
const PER_COMMUNE = 60;
const COMMUNES = 2_000;
const ROWS_PER_STATEMENT = 1_000;

/** The commune, citizen, company and name of the n-th of many parcels. */
export function communeOf(n: number): string {
  return String(10_000 + Math.floor(n / PER_COMMUNE));
}
export function parcelOf(n: number): string {
  return `${communeOf(n)}-${1 + (n % 6)}-${1 + (n % PER_COMMUNE)}`;
}
export function certificateOf(n: number): string {
  return `AA${String(n).padStart(8, "0")}`;
}
export function citizenOf(n: number): string {
  return `901${String(n).padStart(9, "0")}`;
}
export function companyOf(n: number): string {
  return `C${String(n).padStart(9, "0")}`;
}
/** The province of a commune: as many in each of 34. */
export function provinceOf(n: number): string {
  return String(11 + (Math.floor(n / PER_COMMUNE) % 34));
}
export function nameOf(n: number): string {
  return `ho${n % 20} dem${n % 37} ten${n % 101}`;
}

const geometry = JSON.stringify({
  type: "Polygon",
  coordinates: [Array.from({ length: 12 }, (_, at) => [105.8 + at / 1_000, 21 + at / 1_000])],
});

/** Enough rows in every table that a plan by index costs less than a scan, with the statistics that plans are made by. */
export async function loadManyParcels({ kysely, dialect }: Database): Promise<void> {
  const numbers = Array.from({ length: PARCELS }, (_, n) => n);
  const insert = async (table: string, rows: object[]): Promise<void> => {
    for (let at = 0; at < rows.length; at += ROWS_PER_STATEMENT) {
      await kysely
        .insertInto(table)
        .values(rows.slice(at, at + ROWS_PER_STATEMENT))
        .execute();
    }
  };
  await insert(
    "commune_succession",
    Array.from({ length: COMMUNES }, (_, at) => communeOf(at * PER_COMMUNE)).flatMap((code) => [
      { code, valid_from: "1900-01-01", valid_to: "2025-07-01", successor: code },
      { code, valid_from: "2025-07-01", valid_to: null, successor: code },
    ]),
  );
  await insert("parcel", numbers.map(parcelRow));
  const facts = (n: number) => ({ parcel_id: parcelOf(n), province: provinceOf(n) });
  await insert(
    "parcel_use",
    numbers.map((n) => ({
      ...facts(n),
      position: 0,
      edition: 2024,
      code: n % 3 === 0 ? "CLN" : "ODT",
      area: 100,
      term: "LONG_TERM",
      until: null,
    })),
  );
  await insert(
    "right_holder",
    numbers.flatMap((n) => [
      rightRow(n, "R1", citizenOf(n), null),
      rightRow(n, "R2", null, companyOf(n)),
    ]),
  );
  await insert(
    "encumbrance",
    numbers.map((n) => ({
      ...facts(n),
      id: `${parcelOf(n)}-E1`,
      kind: "MORTGAGE",
      in_favour_of: "Ngân hàng",
      company: null,
      amount: 1_000_000,
      note: "Thế chấp",
      valid_from: "2020-01-01",
      valid_to: n % 2 === 0 ? null : "2021-01-01",
    })),
  );
  const tables = [
    "commune_succession",
    "parcel",
    "parcel_use",
    "right_holder",
    "encumbrance",
    "land_use_type",
  ];
  for (const table of tables) {
    await sql`${sql.raw(dialect === "postgres" ? "analyze" : "analyze table")} ${sql.table(table)}`.execute(
      kysely,
    );
  }
}

function parcelRow(n: number): object {
  return {
    id: parcelOf(n),
    sheet: 1 + (n % 6),
    number: 1 + (n % PER_COMMUNE),
    place_commune: communeOf(n),
    place_as_of: "2015-01-01",
    place_line: "Thôn",
    current_commune: communeOf(n),
    province: provinceOf(n),
    area: 100,
    origin: "Công nhận quyền sử dụng đất",
    geometry,
    certificate_number: certificateOf(n),
    certificate_issued: "2015-02-01",
  };
}

function rightRow(
  n: number,
  suffix: string,
  citizen: string | null,
  company: string | null,
): object {
  return {
    parcel_id: parcelOf(n),
    province: provinceOf(n),
    id: `${parcelOf(n)}-${suffix}`,
    citizen,
    company,
    name_on_certificate: nameOf(n),
    name_search: nameOf(n),
    share_numerator: 1,
    share_denominator: 2,
    valid_from: "2015-01-01",
    valid_to: null,
  };
}
