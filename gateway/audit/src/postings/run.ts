import { type Kysely, sql } from "kysely";
import { COMPOSITE_BYTES, KEY_BYTES } from "./composite.ts";
import { type Page, PageWriter } from "./page-writer.ts";
import { type Posted, sortPostings } from "./sort-postings.ts";

/** A sorted run, or one that is being made of others. */
export interface Run {
  readonly run: number;
  readonly month: string;
  /** Its place among the month's runs, the newest highest. */
  readonly nth: number;
  /** How many times its postings have been merged. */
  readonly level: number;
  /** Between which `at` its postings lie, both included. */
  readonly from_at: number;
  readonly to_at: number;
  readonly pages: number;
  /** The run it is being merged into. */
  readonly target: number | null;
  /** Of one that is being made: the composite of its last posting, empty at first. */
  readonly done: Buffer | null;
}

/** All runs, the newest first. */
export async function readRuns(db: Kysely<any>): Promise<Run[]> {
  const { rows } = await sql<Run>`select * from audit_postings_run`.execute(db);
  return rows.toSorted((a, b) => b.to_at - a.to_at || b.from_at - a.from_at || b.nth - a.nth);
}

/** Stores the postings of one month as a run. */
export async function writeRun(
  db: Kysely<any>,
  run: number,
  month: string,
  postings: readonly Posted[],
  pageBytes?: number,
): Promise<void> {
  const writer = new PageWriter(pageBytes);
  let fromAt = Number.POSITIVE_INFINITY;
  let toAt = 0;
  for (const { place } of postings) {
    fromAt = Math.min(fromAt, place.at);
    toAt = Math.max(toAt, place.at);
  }
  const { keys, order, places } = sortPostings(postings);
  for (const index of order) writer.add(keys, index * KEY_BYTES, places[index]!);
  writer.end();
  await insertPages(db, run, writer.pages);
  await sql`insert into audit_postings_run
    (run, month, nth, level, from_at, to_at, pages)
    values (${run}, ${month}, ${run}, 0, ${fromAt}, ${toAt}, ${writer.pages.length})`.execute(db);
}

const PAGES_PER_STATEMENT = 500;

export async function insertPages(
  db: Kysely<any>,
  run: number,
  pages: readonly Page[],
): Promise<void> {
  for (let start = 0; start < pages.length; start += PAGES_PER_STATEMENT) {
    const some = pages.slice(start, start + PAGES_PER_STATEMENT);
    // As one value, which is sent as the bytes that it is; each of a list would be sent as hexadecimal digits.
    const bytes = Buffer.concat(some.flatMap(({ first, data }) => [first, data]));
    await sql`insert into audit_postings_page (run, first, data)
      select ${run}, substring(given.bytes from start for ${COMPOSITE_BYTES}),
        substring(given.bytes from start + ${COMPOSITE_BYTES} for length)
      from (select ${bytes}::bytea as bytes) as given, unnest(
        ${startsOf(some)}::integer[],
        ${some.map(({ data }) => data.length)}::integer[]) as page (start, length)`.execute(db);
  }
}

/** Where each page begins, counted from 1. */
function startsOf(pages: readonly Page[]): number[] {
  let start = 1;
  return pages.map(({ data }) => {
    const own = start;
    start += COMPOSITE_BYTES + data.length;
    return own;
  });
}
