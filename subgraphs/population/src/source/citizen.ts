import { type Database, defineRowLoader } from "@truc/service";
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

/** A query for whole citizens; callers add what they look for. */
export function citizens(db: Database) {
  return db.kysely
    .selectFrom("citizen")
    .select([
      "pin as id",
      "record_number as recordNumber",
      "synthetic",
      "full_name as fullName",
      "family_name as familyName",
      "middle_name as middleName",
      "given_name as givenName",
      "other_name as otherName",
      "sex",
      "birth_date as birthDate",
      ...placeColumns("birth_place"),
      ...placeColumns("birth_registration"),
      ...placeColumns("native_place"),
      "ethnicity",
      "religion",
      "nationality",
      "blood_group as bloodGroup",
      "card_number",
      "card_issued",
      "card_expires",
      "marital_status as maritalStatus",
      "death_date as deathDate",
      "missing_since as missingSince",
      "phone",
      "email",
      "residence_province as residenceProvince",
    ])
    .$castTo<Omit<Citizen, "synthetic" | "identityCard"> & Record<string, unknown>>();
}

/** Makes a citizen of a row that citizens() read. */
export function citizenOf(
  row: Omit<Citizen, "synthetic" | "identityCard"> & Record<string, unknown>,
): Citizen {
  return {
    ...row,
    // MariaDB has no booleans of its own.
    synthetic: Boolean(row["synthetic"]),
    birthPlace: placeOf(row, "birth_place"),
    birthRegistration: placeOf(row, "birth_registration"),
    nativePlace: placeOf(row, "native_place"),
    identityCard:
      row["card_number"] == null
        ? null
        : {
            number: row["card_number"] as string,
            issued: row["card_issued"] as string,
            expires: row["card_expires"] as string | null,
          },
  };
}

/** The citizen with a PIN. */
export const citizenByPin = defineRowLoader<string, Citizen | null>({
  name: "citizenByPin",
  missing: null,
  async batch(db, pins, limit) {
    const rows = await citizens(db).where("pin", "in", pins).where(citizenWithin(limit)).execute();
    return new Map(rows.map((row) => [row.id, citizenOf(row)]));
  },
});
