import type { AskedFields } from "./asked-fields.ts";

type Row = Record<string, unknown>;

/** A property of a row and where it comes from. */
export interface RowProperty {
  /** As select takes them: `pin as id`. */
  columns: readonly string[];
  /** The fields that need it, if not the one of its name; "all": whatever is asked, and whoever asks. */
  fields?: readonly string[] | "all";
  /** Puts it together; without, the one column is the property. */
  read?: (row: Row) => unknown;
}

/** The rows of a type, of which a loader reads no more columns than the fields asked for need. */
export interface Columns<T extends object> {
  /** The columns for what is asked of the type; every column where that is not known. @param more further properties */
  select(asked?: AskedFields, more?: readonly (keyof T & string)[]): string[];
  /** Makes rows of what was selected with the same arguments; it is the same objects. */
  read(rows: readonly object[], asked?: AskedFields, more?: readonly (keyof T & string)[]): T[];
}

/** Lets every row fail when a property is read off it that was not selected; for tests. */
export const guard = { rows: false };

/**
 * Declares how the rows of a type are read: each property with its columns and the fields that need it. A resolver finds
 * on a row what its own field needs and nothing else.
 */
export function defineColumns<T extends object>(
  type: string,
  properties: { readonly [P in keyof T & string]-?: RowProperty },
): Columns<T> {
  const all = Object.entries<RowProperty>(properties);
  for (const [name, { columns, read }] of all) {
    if (read === undefined && (columns.length !== 1 || nameOf(columns[0]!) !== name))
      throw new Error(`${type}.${name}: one column of its name, or a way to read it`);
  }
  const needed = (asked?: AskedFields, more: readonly string[] = []): [string, RowProperty][] => {
    if (asked === undefined) return all;
    const fields = asked.of(type);
    return all.filter(
      ([name, { fields: needing = [name] }]) =>
        needing === "all" || more.includes(name) || needing.some((field) => fields.has(field)),
    );
  };
  const absent = absentProperties(type, new Set(all.map(([name]) => name)));
  return {
    select: (asked, more) => [
      ...new Set(needed(asked, more).flatMap(([, { columns }]) => columns)),
    ],
    read(rows, asked, more) {
      const made = needed(asked, more).flatMap(([name, { read }]) =>
        read === undefined ? [] : [{ name, read }],
      );
      for (const row of rows as readonly Row[]) {
        for (const { name, read } of made) row[name] = read(row);
        if (guard.rows) Object.setPrototypeOf(row, absent);
      }
      return rows as T[];
    },
  };
}

/** What a row inherits where rows are guarded: whatever it does not have itself was not selected. */
function absentProperties(type: string, names: ReadonlySet<string>): object {
  return new Proxy(Object.prototype, {
    get(target, name, receiver) {
      if (typeof name === "string" && names.has(name))
        throw new Error(`${type}: the property ${name} was not selected for the fields asked for`);
      return Reflect.get(target, name, receiver) as unknown;
    },
  });
}

function nameOf(column: string): string {
  return column.split(/ as |\./).at(-1)!;
}
