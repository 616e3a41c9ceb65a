import type { GraphQLError } from "graphql";
import { argumentInvalid } from "./argument-invalid.ts";

/** A Relay connection, with the nodes also as a plain list. */
export interface Connection<R> {
  edges: { node: R; cursor: string }[];
  nodes: R[];
  pageInfo: {
    hasNextPage: boolean;
    /** Pages are only read forwards: whether there are earlier rows is not looked up. */
    hasPreviousPage: boolean;
    startCursor: string | null;
    endCursor: string | null;
  };
}

const DEFAULT_PAGE_SIZE = 20;
const MAX_PAGE_SIZE = 100;
/**
 * The longest cursor that a page gives: JSON takes up to six bytes a character, base64url four characters for three bytes.
 * The longest column that a register sorts by has 1,800 characters (`name_sort` of business); 200 are left to the others.
 */
export const MAX_CURSOR = (2_000 * 6 * 4) / 3;

/** What a page asks for: how many rows, and the sort-key values of the row it comes after. */
export interface Page {
  first: number;
  after: CursorValue[] | null;
}
export type CursorValue = string | number;

/**
 * Reads the paging arguments of a connection.
 * @param columns how many values a row's sort key has
 * @throws GraphQLError ARGUMENT_INVALID naming `first` or `after`
 */
export function pageArguments(
  args: { first?: number | null; after?: string | null },
  columns: number,
): Page {
  const first = args.first ?? DEFAULT_PAGE_SIZE;
  if (!Number.isInteger(first) || first < 1 || first > MAX_PAGE_SIZE) {
    throw argumentInvalid("first", `a page has from 1 to ${MAX_PAGE_SIZE} entries`);
  }
  const after = args.after == null ? null : readCursor(args.after, columns);
  return { first, after };
}

/**
 * Makes a connection out of rows fetched with a limit of `first + 1`: the row too many tells that a page follows. Edges
 * and cursors are made when they are asked for.
 * @param key the values of a row's sort key, unique together, in the order the rows are sorted by
 */
export function connection<R>(
  rows: readonly R[],
  first: number,
  key: (row: R) => readonly unknown[],
  after?: readonly unknown[] | null,
): Connection<R> {
  return new RowConnection(rows, first, key, after != null);
}

class RowConnection<R> implements Connection<R> {
  readonly nodes: R[];
  readonly #key: (row: R) => readonly unknown[];
  readonly #follows: boolean;
  readonly #precedes: boolean;

  constructor(
    rows: readonly R[],
    first: number,
    key: (row: R) => readonly unknown[],
    precedes: boolean,
  ) {
    this.nodes = rows.slice(0, first);
    this.#key = key;
    this.#follows = rows.length > first;
    this.#precedes = precedes;
  }

  get edges(): Connection<R>["edges"] {
    return this.nodes.map((node) => ({ node, cursor: writeCursor(this.#key(node)) }));
  }

  get pageInfo(): Connection<R>["pageInfo"] {
    const [first] = this.nodes;
    const last = this.nodes.at(-1);
    return {
      hasNextPage: this.#follows,
      hasPreviousPage: this.#precedes,
      startCursor: first === undefined ? null : writeCursor(this.#key(first)),
      endCursor: last === undefined ? null : writeCursor(this.#key(last)),
    };
  }
}

function writeCursor(values: readonly unknown[]): string {
  return Buffer.from(JSON.stringify(values)).toString("base64url");
}

function readCursor(cursor: string, columns: number): CursorValue[] {
  const values =
    cursor.length <= MAX_CURSOR && /^[A-Za-z0-9_-]+$/.test(cursor) ? parse(cursor) : undefined;
  if (!Array.isArray(values) || values.length !== columns || !values.every(isCursorValue)) {
    throw cursorInvalid();
  }
  return values;
}

/** The refusal of a cursor that no page of the list has given. */
export function cursorInvalid(): GraphQLError {
  return argumentInvalid("after", "a cursor is one that an earlier page of the same list gave");
}

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, "base64url").toString());
  } catch {
    return undefined;
  }
}

/** Sort keys hold no nulls; a number is one that both sides hold exactly, and a text one that a database takes. */
function isCursorValue(value: unknown): value is CursorValue {
  return typeof value === "string"
    ? !value.includes("\0")
    : typeof value === "number" && Math.abs(value) <= Number.MAX_SAFE_INTEGER;
}
