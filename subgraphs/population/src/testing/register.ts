import { type Database, sortKey } from "@truc/service";
import { sql } from "kysely";
import { nameColumns } from "../citizen-name.ts";
import { BEFORE_RECORDS } from "../source/rows.ts";
import { storedNameForm } from "../unit-name.ts";

/** Rows of the register's tables as tests write them. */
export type Row = Record<string, string | number | boolean | null>;

/** A place's columns under a prefix. */
export function placeRow(
  prefix: string,
  commune: string,
  asOf: string,
  province: string,
  line: string,
): Row {
  return {
    [`${prefix}_commune`]: commune,
    [`${prefix}_as_of`]: asOf,
    [`${prefix}_province`]: province,
    [`${prefix}_line`]: line,
  };
}

/** A whole row of `citizen`: an adult woman of Hà Nội unless told otherwise. */
export function citizenRow(
  pin: string,
  name: readonly [family: string, middle: string, given: string],
  more: Row = {},
): Row {
  const [familyName, middleName, givenName] = name;
  return {
    pin,
    synthetic: true,
    family_name: familyName,
    middle_name: middleName,
    given_name: givenName,
    ...nameColumns({ familyName, middleName, givenName }),
    other_name: null,
    sex: "FEMALE",
    birth_date: "1980-01-01",
    ...placeRow("birth_place", "00004", "1980-01-01", "01", "Nhà hộ sinh"),
    ...placeRow("birth_registration", "00004", "1980-01-05", "01", "Ủy ban nhân dân"),
    ...placeRow("native_place", "00004", "1980-01-05", "01", "Làng Ngũ Xã"),
    ethnicity: "Kinh",
    religion: null,
    nationality: "VN",
    blood_group: null,
    card_number: null,
    card_issued: null,
    card_expires: null,
    marital_status: "SINGLE",
    death_date: null,
    missing_since: null,
    phone: null,
    email: null,
    residence_commune: "00004",
    residence_as_of: "2025-08-01",
    residence_province: "01",
    ...more,
  };
}

/** A row of `administrative_unit`. */
export function unitRow(
  code: string,
  name: string,
  parent: string | null,
  validity: { from?: string; to?: string } = {},
): Row {
  return {
    code,
    valid_from: validity.from ?? BEFORE_RECORDS,
    valid_to: validity.to ?? null,
    level: code.length === 2 ? "PROVINCE" : "COMMUNE",
    name,
    name_search: storedNameForm(name),
    name_sort: sortKey(name),
    parent,
  };
}

const ROWS_PER_STATEMENT = 500;

/** Writes rows into a table, some hundreds at a time. */
export async function insert(db: Database, table: string, rows: readonly Row[]): Promise<void> {
  for (let at = 0; at < rows.length; at += ROWS_PER_STATEMENT) {
    await db.kysely
      .insertInto(table)
      .values(rows.slice(at, at + ROWS_PER_STATEMENT))
      .execute();
  }
}

/** Lets the database count its rows again, so that its plans are those of a full register. */
export async function analyse(db: Database): Promise<void> {
  const tables = [
    "citizen",
    "residence",
    "family_relation",
    "marriage",
    "household",
    "household_member",
  ];
  for (const table of [...tables, "administrative_unit", "administrative_unit_successor"]) {
    const name = sql.table(table);
    await (db.dialect === "postgres" ? sql`analyze ${name}` : sql`analyze table ${name}`).execute(
      db.kysely,
    );
  }
}
