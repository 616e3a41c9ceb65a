import { dayInVietNam } from "@truc/contracts";
import { type RowLimit, withinPins, withinProvinces } from "@truc/service";
import type { Expression, ExpressionBuilder, SqlBool } from "kysely";

/**
 * The condition of companies that a caller's limits leave: those whose head office lies in one of the provinces today,
 * and which one of the people represents or owns a part of today. What belongs to a company is seen where the company is.
 * @param at where the statement has the head office's province and the company's code
 */
export function withinLimit(
  limit: RowLimit,
  at: { province: string; company: string },
): (on: ExpressionBuilder<any, any>) => Expression<SqlBool> {
  return (on) => {
    const place = withinProvinces(limit, at.province)(on);
    if (limit.pins === null) return place;
    const day = dayInVietNam();
    // Counted row by row: neither database turns that into a join, so none enters by the people and loses the order.
    const roles = ["company_representative", "company_owner"].map((table) => {
      const held = on
        .selectFrom(`${table} as present`)
        .select(({ fn }) => fn.countAll().as("found"))
        .whereRef("present.company", "=", at.company)
        .where(withinPins(limit, "present.citizen"))
        .where("present.valid_from", "<=", day)
        .where((role) =>
          role.or([role("present.valid_to", "is", null), role("present.valid_to", ">", day)]),
        );
      return on(held, ">", 0);
    });
    return on.and([place, on.or(roles)]);
  };
}
