import { type Kysely, sql } from "kysely";
import { byPlace, type Place } from "./composite.ts";
import { type Page, PageWriter } from "./page-writer.ts";

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

/** Keys with their places, in whatever order. */
export type Postings = ReadonlyMap<string, readonly Place[]>;

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
  postings: Postings,
  pageBytes?: number,
): Promise<void> {
  const writer = new PageWriter(pageBytes);
  let fromAt = Number.POSITIVE_INFINITY;
  let toAt = 0;
  // Keys are texts of latin1 characters, which sort as their bytes do.
  for (const key of [...postings.keys()].toSorted((a, b) => (a < b ? -1 : 1))) {
    const places = postings.get(key)!.toSorted(byPlace);
    for (const place of places) writer.add(key, place);
    toAt = Math.max(toAt, places[0]!.at);
    fromAt = Math.min(fromAt, places.at(-1)!.at);
  }
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
    await sql`insert into audit_postings_page (run, first, data)
      select ${run}, * from unnest(
        ${some.map(({ first }) => first)}::bytea[],
        ${some.map(({ data }) => data)}::bytea[])`.execute(db);
  }
}
