import type { Expression, ExpressionBuilder, SqlBool } from "kysely";

/**
 * The condition of rows in force on a day: `valid_from` is the first day, `valid_to` the first day no longer.
 * @param day null: no condition
 * @param table the table's alias in the statement
 */
export function inForceOn(
  day: string | null,
  table: string,
): (builder: ExpressionBuilder<any, any>) => Expression<SqlBool> {
  return (builder) => {
    if (day === null) return builder.lit(true);
    return builder.and([
      builder(`${table}.valid_from`, "<=", day),
      builder.or([
        builder(`${table}.valid_to`, "is", null),
        builder(`${table}.valid_to`, ">", day),
      ]),
    ]);
  };
}
