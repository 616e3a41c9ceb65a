import {
  argumentInvalid,
  type Connection,
  connection,
  type CursorValue,
  pageArguments,
  type RowLoader,
  type Rows,
} from "@truc/service";
import type { Contribution, ContributionPage } from "../source.ts";

/** Arguments of every list of contributions. */
export interface ContributionArguments {
  first?: number | null;
  after?: string | null;
  on?: string | null;
}

/** One page of the contributions that belong to a key, an employer's code or a citizen's PIN, of those that are visible. */
export async function contributionConnection(
  pages: RowLoader<string, Contribution[], ContributionPage>,
  key: string,
  args: ContributionArguments,
  visible: Rows,
): Promise<Connection<Contribution>> {
  const { first, after } = pageArguments(args, 2);
  checkCursor(after);
  const rows = await visible.load(pages, key, { first, after, on: args.on ?? null });
  return connection(rows, first, (row) => [row.from, row.id], after);
}

/** A cursor of this list holds a day and an id; the frame has checked no more than that it holds two values. */
function checkCursor(after: CursorValue[] | null): void {
  if (after === null) return;
  const [from, id] = after;
  if (typeof from !== "string" || !isDay(from) || typeof id !== "string") {
    throw argumentInvalid("after", "a cursor is one that an earlier page of the same list gave");
  }
}

/** Whether a text is a day of the calendar, YYYY-MM-DD. */
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const day = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}
