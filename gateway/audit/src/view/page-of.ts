import { type Connection, connection, type CursorValue } from "@truc/service";
import { argumentInvalid } from "@truc/service";

/** What was found for a page, each with its place in the list. */
export interface Found<R> {
  readonly node: R;
  readonly key: readonly number[];
}

/**
 * A connection of what was found: one more than asked for tells that another page follows, and so does a place up to
 * which a search has come that was ended before it was over.
 */
export function pageOf<R>(
  found: readonly Found<R>[],
  first: number,
  after: readonly CursorValue[] | null,
  cut: readonly number[] | undefined,
): Connection<R> {
  const { edges, pageInfo } = connection(found, first, ({ key }) => key, after);
  return {
    edges: edges.map(({ node, cursor }) => ({ node: node.node, cursor })),
    nodes: edges.map(({ node }) => node.node),
    pageInfo:
      cut === undefined || pageInfo.hasNextPage
        ? pageInfo
        : { ...pageInfo, hasNextPage: true, endCursor: cursorOf(cut) },
  };
}

function cursorOf(key: readonly number[]): string {
  return connection([key], 1, (own) => own).pageInfo.endCursor!;
}

/** @throws GraphQLError ARGUMENT_INVALID naming `after` for a cursor of another list */
export function numbersOf(after: readonly CursorValue[]): number[] {
  return after.map((value) => {
    if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
    throw argumentInvalid("after", "a cursor is one that an earlier page of the same list gave");
  });
}
