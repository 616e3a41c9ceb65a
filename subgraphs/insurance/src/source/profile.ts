import { type Database, defineRowLoader, type RowLimit } from "@truc/service";
import { withinLimit } from "./within-limit.ts";

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

function profiles(db: Database, limit: RowLimit) {
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
    .$castTo<Profile>()
    .where(withinLimit(limit));
}

/** The profile of a citizen, by PIN. */
export const profileOf = defineRowLoader<string, Profile | null>({
  name: "profileOf",
  missing: null,
  async batch(db, pins, limit) {
    const rows = await profiles(db, limit).where("pin", "in", pins).execute();
    return new Map(rows.map((row) => [row.pin, row]));
  },
});

/** The profile that a social insurance number belongs to. */
export const profileByNumber = defineRowLoader<string, Profile | null>({
  name: "profileByNumber",
  missing: null,
  async batch(db, numbers, limit) {
    const rows = await profiles(db, limit)
      .where("social_insurance_number", "in", numbers)
      .execute();
    return new Map(rows.map((row) => [row.socialInsuranceNumber!, row]));
  },
});
