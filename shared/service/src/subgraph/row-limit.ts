import type { Permit } from "@truc/contracts";
import type { Expression, ExpressionBuilder, SqlBool } from "kysely";

/** Which rows may be seen at one place of an operation. Both null: every row. */
export interface RowLimit {
  /** Today's codes of the provinces in which a row's own place may lie, in order. */
  readonly provinces: readonly string[] | null;
  /** The PINs of which a row's data subject may be one, in order. */
  readonly pins: readonly string[] | null;
}

export const EVERY_ROW: RowLimit = Object.freeze({ provinces: null, pins: null });

/**
 * What a permit lets its bearer see at a distance from a covered row: the rows its limits cover, or every row where
 * `linked` reaches. At distance 0 the limits alone decide, since the caller chose what to look for.
 */
export function rowLimitAt(permit: Permit, distance: number): RowLimit {
  const { provinces, subjects, linked } = permit.limits;
  if (distance >= 1 && distance <= linked) return EVERY_ROW;
  if (provinces === undefined && subjects === "any") return EVERY_ROW;
  return Object.freeze({
    provinces: provinces === undefined ? null : inOrder(provinces),
    // Nobody's rows are covered where the subjects are limited and the permit names none.
    pins: subjects === "any" ? null : inOrder(permit.pins ?? []),
  });
}

function inOrder(values: readonly string[]): readonly string[] {
  return Object.freeze([...new Set(values)].toSorted());
}

const identities = new WeakMap<RowLimit, string>();

/** Equal texts see the same rows, in whatever order their permits name them. */
export function identityOfLimit(limit: RowLimit): string {
  let identity = identities.get(limit);
  if (identity === undefined) {
    identity = JSON.stringify([limit.provinces, limit.pins]);
    identities.set(limit, identity);
  }
  return identity;
}

type Condition = (builder: ExpressionBuilder<any, any>) => Expression<SqlBool>;

/**
 * The condition of rows whose place lies in the provinces of a limit: `query.where(withinProvinces(limit, "province"))`.
 * A row without a place lies in no province; an empty list lets no row through.
 * @param column holds the code of the province of today
 */
export function withinProvinces({ provinces }: RowLimit, column: string): Condition {
  return within(provinces, column);
}

/**
 * The condition of rows whose data subject is among the PINs of a limit; as {@link withinProvinces}.
 * @param column holds the PIN
 */
export function withinPins({ pins }: RowLimit, column: string): Condition {
  return within(pins, column);
}

function within(values: readonly string[] | null, column: string): Condition {
  return (builder) => {
    if (values === null) return builder.lit(true);
    return values.length === 0 ? builder.lit(false) : builder(column, "in", values);
  };
}

/**
 * Whether a record shows its link to an entity of another register, of whose place nothing is known here: only where
 * the limit asks for no place, and for no data subject but the entity's own. What it leads to is judged again there.
 * @param subject the PIN of the entity's data subject; null for an entity that has none
 */
export function showsLink({ provinces, pins }: RowLimit, subject: string | null): boolean {
  return provinces === null && (pins === null || (subject !== null && pins.includes(subject)));
}
