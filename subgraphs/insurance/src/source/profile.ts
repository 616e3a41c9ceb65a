import { type Database, defineLoader } from "@truc/service";

/** A row of `profile`; dates are YYYY-MM-DD. */
export interface Profile {
  pin: string;
  socialInsuranceNumber: string | null;
  socialInsuranceNumberFrom: string | null;
  socialInsuranceNumberTo: string | null;
  pinFrom: string | null;
  province: string;
  provinceAsOf: string;
  /** Whether the record is invented; MariaDB says 0 or 1. */
  synthetic: boolean | number;
}

function profiles(db: Database) {
  return db.kysely
    .selectFrom("profile")
    .select([
      "pin",
      "social_insurance_number as socialInsuranceNumber",
      "number_from as socialInsuranceNumberFrom",
      "number_to as socialInsuranceNumberTo",
      "pin_from as pinFrom",
      "province",
      "province_as_of as provinceAsOf",
      "synthetic",
    ])
    .$castTo<Profile>();
}

/** The profile of a citizen, by PIN. */
export const profileOf = defineLoader<string, Profile | null>({
  name: "profileOf",
  missing: null,
  async batch(db, pins) {
    const rows = await profiles(db).where("pin", "in", pins).execute();
    return new Map(rows.map((row) => [row.pin, row]));
  },
});

/** The profile that a social insurance number belongs to. */
export const profileByNumber = defineLoader<string, Profile | null>({
  name: "profileByNumber",
  missing: null,
  async batch(db, numbers) {
    const rows = await profiles(db).where("social_insurance_number", "in", numbers).execute();
    return new Map(rows.map((row) => [row.socialInsuranceNumber!, row]));
  },
});
