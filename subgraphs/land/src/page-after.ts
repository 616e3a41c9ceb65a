import { argumentInvalid, type Page, pageArguments } from "@truc/service";

/** Whether a value out of a cursor can be one of a sort key's. */
export type CursorCheck = (value: unknown) => boolean;

export const isText: CursorCheck = (value) => typeof value === "string";

/** A calendar day that exists. */
export const isDay: CursorCheck = (value) => {
  if (typeof value !== "string" || !/^\d{4}-\d{2}-\d{2}$/.test(value)) return false;
  const day = new Date(`${value}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(value);
};

/**
 * Reads the paging arguments of a connection, whose cursors must hold values of these kinds: a cursor of another
 * list would otherwise reach the database as a day that is none.
 * @throws GraphQLError ARGUMENT_INVALID naming `first` or `after`
 */
export function pageAfter(
  args: { first?: number | null; after?: string | null },
  checks: readonly CursorCheck[],
): Page {
  const page = pageArguments(args, checks.length);
  if (page.after !== null && !checks.every((check, index) => check(page.after![index]))) {
    throw argumentInvalid("after", "a cursor is one that an earlier page of the same list gave");
  }
  return page;
}
