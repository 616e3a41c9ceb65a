import { type Kysely, sql } from "kysely";
import { compareKeys, compositeOf, keyOf, type Place } from "./composite.ts";
import { PageCursor } from "./page-reader.ts";
import { PageWriter } from "./page-writer.ts";
import { insertPages, readRuns, type Run } from "./run.ts";

/** So many runs of a level become one of the next. */
const FAN_IN = 8;
/**
 * In a month that is over, a run joins newer ones that together have at least a tenth of its pages: those of all levels
 * become one, and what is disclosed later, a little at a time, does not make that one be written again each time.
 */
const GROWTH = 10;
/** No step reads less of a run: what is there of it beyond the page it has come to. */
const LEAST_PAGES = 2;

/**
 * Merges runs of the same month, so that a look-up has few to look into: eight of a level into one of the next while
 * records of the month still come, and all into one, or nearly, when it is over.
 *
 * It goes in steps that each begin where the last one ended, whichever process makes them: a step writes some pages of
 * the new run and deletes those they were made of, so that no posting is kept twice for long.
 * @param open the first month (yyyy-mm) of which records still come
 * @param pages about how many pages to read
 * @returns how many it read
 */
export async function mergeRuns(
  db: Kysely<any>,
  { open, pages, pageBytes }: { open: string; pages: number; pageBytes?: number | undefined },
): Promise<number> {
  const runs = await readRuns(db);
  const started = await startMerges(db, runs, open);
  const all = started ? await readRuns(db) : runs;
  const targets = all
    .filter(({ done }) => done !== null)
    .toSorted((a, b) => a.level - b.level || a.nth - b.nth);
  let read = 0;
  for (const target of targets) {
    if (read >= pages) break;
    const sources = all
      .filter((run) => run.target === target.run)
      .toSorted((a, b) => b.nth - a.nth);
    read += await mergeStep(db, target, sources, pages - read, pageBytes);
  }
  return read;
}

/** @returns whether any was started */
async function startMerges(db: Kysely<any>, runs: readonly Run[], open: string): Promise<boolean> {
  let started = false;
  for (const [month, ofMonth] of Map.groupBy(runs, (run) => run.month)) {
    const whole = ofMonth
      .filter(({ target, done }) => target === null && done === null)
      .toSorted((a, b) => b.nth - a.nth);
    if (month >= open) {
      for (const [level, ofLevel] of Map.groupBy(whole, (run) => run.level)) {
        if (ofLevel.length < FAN_IN) continue;
        await startMerge(db, ofLevel.slice(-FAN_IN), level + 1);
        started = true;
      }
    } else if (whole.length === ofMonth.length) {
      const newest = newestToJoin(whole);
      if (newest.length < 2) continue;
      await startMerge(db, newest, Math.max(...newest.map(({ level }) => level)));
      started = true;
    }
  }
  return started;
}

/** @param runs the newest first */
function newestToJoin(runs: readonly Run[]): readonly Run[] {
  let pages = 0;
  for (const [index, run] of runs.entries()) {
    if (index > 0 && run.pages > GROWTH * pages) return runs.slice(0, index);
    pages += run.pages;
  }
  return runs;
}

/** @param sources the newest first, with none between them */
async function startMerge(db: Kysely<any>, sources: readonly Run[], level: number): Promise<void> {
  const { rows } = await sql<{ run: number }>`update audit_postings
    set next_run = next_run + 1 returning next_run - 1 as run`.execute(db);
  const { run } = rows[0]!;
  const [newest] = sources as [Run];
  await sql`insert into audit_postings_run
    (run, month, nth, level, from_at, to_at, pages, done)
    values (${run}, ${newest.month}, ${newest.nth}, ${level},
      ${Math.min(...sources.map(({ from_at }) => from_at))},
      ${Math.max(...sources.map(({ to_at }) => to_at))}, 0, '')`.execute(db);
  await sql`update audit_postings_run set target = ${run}
    where run = any(${sources.map((source) => source.run)}::integer[])`.execute(db);
}

interface LoadedPage {
  readonly run: number;
  readonly first: Buffer;
  readonly data: Buffer;
}

/** @param sources the newest first */
async function mergeStep(
  db: Kysely<any>,
  target: Run,
  sources: readonly Run[],
  budget: number,
  pageBytes: number | undefined,
): Promise<number> {
  const done = target.done!;
  const total = sources.reduce((sum, { pages }) => sum + pages, 0);
  const limits = sources.map(({ pages }) =>
    Math.max(LEAST_PAGES, Math.ceil((budget * pages) / total)),
  );
  const loaded = await loadPages(db, sources, limits, done);
  const readers = sources.map((source, index) => {
    const pages = loaded.get(source.run) ?? [];
    return new SourceReader(pages, done, pages.length < limits[index]!);
  });
  const writer = new PageWriter(pageBytes);
  const last = mergeInto(writer, readers);
  const finished = last === undefined;
  // A page that is not full yet is made again in the next step, from where the last full one ended.
  if (finished || writer.lastFull === undefined) writer.end();
  await insertPages(db, target.run, writer.pages);
  const pages = target.pages + writer.pages.length;
  if (finished) await endMerge(db, target.run, sources, pages);
  else await keepProgress(db, target.run, writer.lastFull!, pages, loaded);
  return [...loaded.values()].reduce((sum, { length }) => sum + length, 0);
}

/** The pages of each source that hold what comes after `done`, in order, as many as its limit. */
async function loadPages(
  db: Kysely<any>,
  sources: readonly Run[],
  limits: readonly number[],
  done: Buffer,
): Promise<Map<number, LoadedPage[]>> {
  const { rows } = await sql<LoadedPage>`
    select source.run, page.first, page.data
    from unnest(${sources.map(({ run }) => run)}::integer[], ${[...limits]}::integer[])
      as source (run, pages)
    cross join lateral (
      select first, data from audit_postings_page
      where run = source.run and first >= coalesce((
        select before.first from audit_postings_page as before
        where before.run = source.run and before.first <= ${done}
        order by before.first desc limit 1), '')
      order by first limit source.pages
    ) as page
    order by source.run, page.first`.execute(db);
  return Map.groupBy(rows, ({ run }) => run);
}

/** @returns undefined when every source was read to its end */
function mergeInto(writer: PageWriter, readers: readonly SourceReader[]): true | undefined {
  for (;;) {
    let next: SourceReader | undefined;
    for (const reader of readers) {
      if (reader.group === undefined && !reader.isWhole) return true;
      // Of one key the newest run's postings come first, and runs are in that order.
      if (reader.isBefore(next)) next = reader;
    }
    if (next?.group === undefined) return undefined;
    next.addGroup(writer);
    next.advance();
  }
}

async function keepProgress(
  db: Kysely<any>,
  target: number,
  done: Buffer,
  pages: number,
  loaded: ReadonlyMap<number, readonly LoadedPage[]>,
): Promise<void> {
  await sql`update audit_postings_run set done = ${done}, pages = ${pages}
    where run = ${target}`.execute(db);
  const used = [...loaded.values()].flatMap((pagesOfRun) =>
    pagesOfRun.filter((_page, index) => {
      const following = pagesOfRun[index + 1];
      return following !== undefined && following.first.compare(done) <= 0;
    }),
  );
  await sql`delete from audit_postings_page as page
    using unnest(${used.map(({ run }) => run)}::integer[],
      ${used.map(({ first }) => first)}::bytea[]) as used (run, first)
    where page.run = used.run and page.first = used.first`.execute(db);
}

async function endMerge(
  db: Kysely<any>,
  target: number,
  sources: readonly Run[],
  pages: number,
): Promise<void> {
  const runs = sources.map(({ run }) => run);
  await sql`delete from audit_postings_page where run = any(${runs}::integer[])`.execute(db);
  await sql`delete from audit_postings_run where run = any(${runs}::integer[])`.execute(db);
  await sql`update audit_postings_run set done = null, pages = ${pages}
    where run = ${target}`.execute(db);
}

/** Goes through loaded pages of one run, group by group, from behind a composite on. */
class SourceReader {
  /** The page that stands at the present group; undefined behind the last one loaded. */
  group: PageCursor | undefined;
  /** Whether what was loaded is all there is. */
  readonly isWhole: boolean;
  /** The first bits of the present group's key, as a number. */
  #head = 0;
  /** What of the present group was not merged before; undefined where that is all of it. */
  #left: readonly Place[] | undefined;
  readonly #done: Buffer;
  readonly #pages: Iterator<LoadedPage>;

  constructor(pages: readonly LoadedPage[], done: Buffer, isWhole: boolean) {
    this.isWhole = isWhole;
    this.#done = done;
    this.#pages = pages.values();
    this.#turnPage();
    this.advance();
  }

  isBefore(other: SourceReader | undefined): boolean {
    if (this.group === undefined) return false;
    if (other?.group === undefined) return true;
    if (this.#head !== other.#head) return this.#head < other.#head;
    const [own, others] = [this.group, other.group];
    return compareKeys(own.data, own.keyAt, others.data, others.keyAt) < 0;
  }

  /** Writes what the present group has that was not merged before. */
  addGroup(writer: PageWriter): void {
    const group = this.group!;
    if (this.#left === undefined && writer.addGroup(group)) return;
    for (const place of this.#left ?? group.places()) writer.add(group.data, group.keyAt, place);
  }

  advance(): void {
    while (this.group !== undefined) {
      if (!this.group.next()) this.#turnPage();
      else if (this.#hasMore(this.group)) return;
    }
  }

  #turnPage(): void {
    const { value, done } = this.#pages.next();
    this.group = done ? undefined : new PageCursor(value.data);
  }

  #hasMore(group: PageCursor): boolean {
    this.#head = group.data.readUInt32BE(group.keyAt);
    this.#left = undefined;
    const order = this.#done.length === 0 ? 1 : compareKeys(group.data, group.keyAt, this.#done, 0);
    if (order !== 0) return order > 0;
    this.#left = group.places().filter((place) => this.#isNew(place));
    return this.#left.length > 0;
  }

  #isNew(place: Place): boolean {
    return compositeOf(keyOf(this.#done), place).compare(this.#done) > 0;
  }
}
