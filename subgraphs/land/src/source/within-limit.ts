import { dayInVietNam } from "@truc/contracts";
import { type RowLimit, withinPins, withinProvinces } from "@truc/service";
import type { Expression, ExpressionBuilder, SqlBool } from "kysely";
import { inForceOn } from "./in-force.ts";

/**
 * The condition of parcels that a caller's limits leave: those that lie in one of the provinces today, and of which one
 * of the people holds a right today. Rights belong to their parcel, so theirs is the same.
 * @param at where the statement has the parcel's province and its key
 */
export function withinLimit(
  limit: RowLimit,
  at: { province: string; parcel: string },
): (builder: ExpressionBuilder<any, any>) => Expression<SqlBool> {
  return (builder) => {
    const place = withinProvinces(limit, at.province)(builder);
    if (limit.pins === null) return place;
    // Counted row by row: neither database turns that into a join, so none enters by the people and loses the order.
    const held = builder
      .selectFrom("right_holder as present")
      .select(({ fn }) => fn.countAll().as("found"))
      .whereRef("present.parcel_id", "=", at.parcel)
      .where(withinPins(limit, "present.citizen"))
      .where(inForceOn(dayInVietNam(), "present"));
    return builder.and([place, builder(held, ">", 0)]);
  };
}
