import { type Kysely, sql } from "kysely";
import { disclosedBetween, forgetKeysUpTo } from "./held.ts";
import type { PostingsHead } from "./head.ts";
import type { EntryKeys } from "./posting-keys.ts";
import { writeRun } from "./run.ts";
import type { Posted } from "./sort-postings.ts";

/**
 * Writes entries, and what was disclosed meanwhile, into runs: one for each month that they are of, mostly one.
 * @param entries all from `head.indexed` up to, not including, `upTo` that have keys
 */
export async function flush(
  db: Kysely<any>,
  head: PostingsHead,
  entries: readonly EntryKeys[],
  upTo: number,
  pageBytes?: number,
): Promise<void> {
  const months = new Map<string, Posted[]>();
  const put = (month: string, posted: Posted): void => {
    if (posted.keys.length === 0) return;
    const known = months.get(month);
    if (known === undefined) months.set(month, [posted]);
    else known.push(posted);
  };
  for (const { month, keys, position } of entries)
    put(month, { keys, place: { at: position, position } });
  const disclosed =
    head.waiting === 0 && !head.due ? [] : await disclosedBetween(db, head.disclosed, upTo);
  for (const { month, keys, at, position } of disclosed)
    put(month, { keys, place: { at, position } });
  const written = [...months].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const { rows } = await sql<{ run: number }>`update audit_postings set
    indexed = ${upTo},
    disclosed = ${disclosed.at(-1)?.at ?? head.disclosed},
    next_run = next_run + ${written.length}
    returning next_run - ${written.length} as run`.execute(db);
  const { run } = rows[0]!;
  for (const [index, [month, postings]] of written.entries())
    await writeRun(db, run + index, month, postings, pageBytes);
  if (disclosed.length > 0) await forgetKeysUpTo(db, disclosed.at(-1)!.at);
  await keepTimes(db, head.indexed, upTo, entries);
}

/** So that a search by time finds the positions to look at. */
async function keepTimes(
  db: Kysely<any>,
  from: number,
  to: number,
  entries: readonly EntryKeys[],
): Promise<void> {
  if (entries.length === 0) return;
  let earliest = Number.POSITIVE_INFINITY;
  let latest = 0;
  for (const { time } of entries) {
    earliest = Math.min(earliest, time);
    latest = Math.max(latest, time);
  }
  await sql`insert into audit_postings_time values (${from}, ${to}, ${earliest}, ${latest})`.execute(
    db,
  );
}
