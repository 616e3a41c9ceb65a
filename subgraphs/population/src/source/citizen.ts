import { type Database, defineColumns, defineRowLoader } from "@truc/service";
import { type Place, placeColumns, placeOf } from "./rows.ts";
import { citizenWithin } from "./within-limit.ts";

/** A row of `citizen` as the schema's Citizen; days are YYYY-MM-DD. */
export interface Citizen {
  id: string;
  recordNumber: number;
  synthetic: boolean;
  fullName: string;
  familyName: string;
  middleName: string;
  givenName: string;
  otherName: string | null;
  sex: string;
  birthDate: string;
  birthPlace: Place | null;
  birthRegistration: Place | null;
  nativePlace: Place | null;
  ethnicity: string | null;
  religion: string | null;
  nationality: string | null;
  bloodGroup: string | null;
  identityCard: { number: string; issued: string; expires: string | null } | null;
  maritalStatus: string | null;
  deathDate: string | null;
  missingSince: string | null;
  phone: string | null;
  email: string | null;
  residenceProvince: string | null;
}

const columns = defineColumns<Citizen>("Citizen", {
  id: { columns: ["pin as id"], fields: "all" },
  recordNumber: { columns: ["record_number as recordNumber"] },
  // MariaDB has no booleans of its own.
  synthetic: { columns: ["synthetic"], read: ({ synthetic }) => Boolean(synthetic) },
  fullName: { columns: ["full_name as fullName"] },
  familyName: { columns: ["family_name as familyName"] },
  middleName: { columns: ["middle_name as middleName"] },
  givenName: { columns: ["given_name as givenName"] },
  otherName: { columns: ["other_name as otherName"] },
  sex: { columns: ["sex"] },
  birthDate: { columns: ["birth_date as birthDate"] },
  birthPlace: placeProperty("birth_place"),
  birthRegistration: placeProperty("birth_registration"),
  nativePlace: placeProperty("native_place"),
  ethnicity: { columns: ["ethnicity"] },
  religion: { columns: ["religion"] },
  nationality: { columns: ["nationality"] },
  bloodGroup: { columns: ["blood_group as bloodGroup"] },
  identityCard: {
    columns: ["card_number", "card_issued", "card_expires"],
    read: ({ card_number: number, card_issued: issued, card_expires: expires }) =>
      number == null ? null : { number, issued, expires },
  },
  maritalStatus: { columns: ["marital_status as maritalStatus"] },
  deathDate: { columns: ["death_date as deathDate"] },
  missingSince: { columns: ["missing_since as missingSince"] },
  phone: { columns: ["phone"] },
  email: { columns: ["email"] },
  residenceProvince: { columns: ["residence_province as residenceProvince"] },
});

function placeProperty(prefix: string) {
  return {
    columns: placeColumns(prefix),
    read: (row: Record<string, unknown>) => placeOf(row, prefix),
  };
}

/** A query for whole citizens; callers add what they look for, and read the rows with {@link wholeCitizens}. */
export function citizens(db: Database) {
  return db.kysely.selectFrom("citizen").select(columns.select());
}

/** Makes citizens of the rows that {@link citizens} found. */
export function wholeCitizens(rows: readonly object[]): Citizen[] {
  return columns.read(rows);
}

/** The citizen with a PIN. */
export const citizenByPin = defineRowLoader<string, Citizen | null>({
  name: "citizenByPin",
  missing: null,
  async batch(db, pins, limit, _args, asked) {
    const rows = await db.kysely
      .selectFrom("citizen")
      .select(columns.select(asked))
      .where("pin", "in", pins)
      .where(citizenWithin(limit))
      .execute();
    return new Map(columns.read(rows, asked).map((citizen) => [citizen.id, citizen]));
  },
});
