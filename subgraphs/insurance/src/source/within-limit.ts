import { type RowLimit, withinPins, withinProvinces } from "@truc/service";
import type { Expression, ExpressionBuilder, SqlBool } from "kysely";

/**
 * The condition of rows that a caller's limits leave: those of one of the people, managed by the office of one of the
 * provinces. Every table of this register has both columns.
 */
export function withinLimit(
  limit: RowLimit,
): (row: ExpressionBuilder<any, any>) => Expression<SqlBool> {
  return (row) => row.and([withinProvinces(limit, "province")(row), withinPins(limit, "pin")(row)]);
}
