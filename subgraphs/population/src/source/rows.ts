/** The first day a key column holds where the beginning lies before the register's records. */
export const BEFORE_RECORDS = "1000-01-01";

/** A place as recorded; see Place in schema.graphql. */
export interface Place {
  code: string;
  asOf: string;
  province: string;
  line: string;
}

/** The columns of a place under a prefix, as citizen, residence and household carry them. */
export function placeColumns<P extends string>(prefix: P) {
  return [`${prefix}_commune`, `${prefix}_as_of`, `${prefix}_province`, `${prefix}_line`] as const;
}

/** Reads a place out of a row; null where none is recorded. */
export function placeOf(row: Record<string, unknown>, prefix: string): Place | null {
  const code = row[`${prefix}_commune`];
  if (code == null) return null;
  return {
    code: code as string,
    asOf: row[`${prefix}_as_of`] as string,
    province: row[`${prefix}_province`] as string,
    line: row[`${prefix}_line`] as string,
  };
}
