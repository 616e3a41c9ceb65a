import { defineRowLoader } from "@truc/service";
import { withinLimit } from "./within-limit.ts";

/** A row of `benefit`; dates are YYYY-MM-DD, the amount is whole đồng a month. */
export interface Benefit {
  pin: string;
  kind: "PENSION" | "UNEMPLOYMENT" | "SICKNESS" | "MATERNITY";
  monthlyAmount: number;
  from: string;
  to: string | null;
}

/** The benefits of a citizen, by PIN, latest first. */
export const benefitsOf = defineRowLoader<string, Benefit[]>({
  name: "benefitsOf",
  missing: [],
  async batch(db, pins, limit) {
    const rows = await db.kysely
      .selectFrom("benefit")
      .select([
        "pin",
        "kind",
        "monthly_amount as monthlyAmount",
        "from_date as from",
        "to_date as to",
      ])
      .$castTo<Benefit>()
      .where("pin", "in", pins)
      .where(withinLimit(limit))
      .orderBy("pin")
      .orderBy("from_date", "desc")
      .orderBy("id", "desc")
      .execute();
    return Map.groupBy(rows, ({ pin }) => pin);
  },
});
