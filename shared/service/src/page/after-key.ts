import type { Expression, ExpressionBuilder, SqlBool } from "kysely";
import type { CursorValue } from "./connection.ts";

/** A column of a sort key: its name, or its name and direction. The columns must not hold nulls. */
export type SortColumn = string | { column: string; direction: "asc" | "desc" };

/**
 * The condition of a keyset page: rows that come after a sort key. Written out as
 * `a > x OR (a = x AND b > y)`, which both databases understand and which allows a direction per column; the first
 * column's bound is repeated in front so that an index on the sort key is entered at the right place.
 *
 * `query.where(afterKey(["sort_key", "pin"], after))`, together with `.orderBy` of the same columns.
 * @param after the values a cursor held (Page.after), as many as columns; null: from the start
 */
export function afterKey(
  columns: readonly SortColumn[],
  after: readonly CursorValue[] | null,
): (builder: ExpressionBuilder<any, any>) => Expression<SqlBool> {
  return (builder) => {
    if (after === null) return builder.lit(true);
    const steps = columns.map((column, index) =>
      builder.and([
        ...columns.slice(0, index).map((earlier, at) => builder(nameOf(earlier), "=", after[at])),
        builder(nameOf(column), isDescending(column) ? "<" : ">", after[index]),
      ]),
    );
    const [first] = columns as [SortColumn];
    return builder.and([
      builder(nameOf(first), isDescending(first) ? "<=" : ">=", after[0]),
      builder.or(steps),
    ]);
  };
}

function nameOf(column: SortColumn): string {
  return typeof column === "string" ? column : column.column;
}

function isDescending(column: SortColumn): boolean {
  return typeof column !== "string" && column.direction === "desc";
}
