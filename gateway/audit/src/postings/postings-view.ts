import { type Kysely, sql } from "kysely";
import { byPlace, compositeOf, endOfKey, keyOf, type Place, placeOf } from "./composite.ts";
import { disclosedOf } from "./held.ts";
import { type PostingsHead, readHead } from "./head.ts";
import { groupOf } from "./page-reader.ts";
import { readRuns, type Run } from "./run.ts";
import type { TailView } from "./tail.ts";

/** A key to look for. */
export interface SoughtKey {
  readonly key: string;
  /** Only the month (yyyy-mm) of a pseudonym has postings under it; absent: any may. */
  readonly month?: string;
  /** Leaves out what was disclosed later. */
  readonly atOnceOnly?: boolean;
}

/** The first look goes into so many runs, each further one into four times as many. */
const FIRST_RUNS = 4;
const MORE_RUNS = 4;
/** Pages read on where a key's postings fill several. */
const PAGES_ON = 4;

interface Probe {
  readonly run: number;
  readonly sought: SoughtKey;
  /** Its postings are wanted that lie behind this place. */
  readonly before: Place;
}

interface StoredPage {
  readonly first: Buffer;
  readonly data: Buffer;
}

/** The index at one moment: a transaction that sees one state of the database, and the tail that belongs to it. */
export class PostingsView {
  /** How many look-ups were made in it, for those who bound them. */
  lookups = 0;
  readonly #db: Kysely<any>;
  readonly #tail: TailView;
  readonly #head: PostingsHead;
  /** The newest first. */
  readonly #runs: readonly Run[];

  private constructor(db: Kysely<any>, tail: TailView, head: PostingsHead, runs: readonly Run[]) {
    this.#db = db;
    this.#tail = tail;
    this.#head = head;
    this.#runs = runs;
  }

  static async open(db: Kysely<any>, tail: TailView): Promise<PostingsView> {
    const head = await readHead(db, new Date(0));
    return new PostingsView(db, tail, head, await readRuns(db));
  }

  /** How many entries of the log it can know of. */
  get size(): number {
    return Math.max(this.#tail.seen, this.#head.indexed);
  }

  get longestDelayDays(): number {
    return this.#head.longestDelayDays;
  }

  /**
   * The newest postings of some keys together, each record's once a place.
   * @param before only those that lie behind this place
   * @param limit how many at most; fewer means that there are no more
   */
  async newest(keys: readonly SoughtKey[], before: Place | null, limit: number): Promise<Place[]> {
    this.lookups += 1;
    const from = before === null ? { at: this.size, position: this.size } : before;
    let found = distinct([
      ...this.#inTail(keys, from, limit),
      ...(await this.#justDisclosed(keys, from)),
    ]).slice(0, limit);
    const runs = this.#runs.filter((run) => run.from_at <= from.at);
    let some = FIRST_RUNS;
    for (let start = 0; start < runs.length; some *= MORE_RUNS) {
      const last = found[limit - 1];
      if (last !== undefined && runs[start]!.to_at < last.at) break;
      const group = runs.slice(start, start + some);
      start += some;
      found = distinct([...found, ...(await this.#inRuns(group, keys, from, limit))]).slice(
        0,
        limit,
      );
    }
    return found;
  }

  /**
   * Between which positions the records lie that arrived from one moment up to, not including, another: all of them, and
   * perhaps others. Undefined where there are none.
   */
  async positionsBetween(
    from: number,
    to: number,
  ): Promise<{ from: number; to: number } | undefined> {
    const { rows } = await sql<{ from: number | null; to: number | null }>`
      select min(from_position) as from, max(to_position) as to from audit_postings_time
      where latest >= ${from} and earliest < ${to}`.execute(this.#db);
    const [stretch] = rows;
    const { times } = this.#tail;
    const inTail = times !== undefined && times.latest >= from && times.earliest < to;
    const starts = [stretch?.from, inTail ? this.#head.indexed : null];
    const start = Math.min(...starts.flatMap((each) => each ?? []));
    if (!Number.isFinite(start)) return undefined;
    return { from: start, to: inTail ? this.size : stretch!.to! };
  }

  /** A moment not before the last one at which the log had this size; undefined where it has it still, or none is known. */
  async timeAround(at: number): Promise<number | undefined> {
    const { rows } = await sql<{ latest: number }>`
      select latest from audit_postings_time
      where from_position <= ${at} and to_position > ${at}`.execute(this.#db);
    return rows[0]?.latest;
  }

  #inTail(keys: readonly SoughtKey[], before: Place, limit: number): Place[] {
    const { indexed } = this.#head;
    return keys.flatMap(({ key }) => {
      const positions = this.#tail.positions.get(key) ?? [];
      const places: Place[] = [];
      for (let index = positions.length - 1; index >= 0 && places.length < limit; index--) {
        const position = positions[index]!;
        if (position < indexed) break;
        const place = { at: position, position };
        if (position < this.#tail.seen && byPlace(before, place) < 0) places.push(place);
      }
      return places;
    });
  }

  async #justDisclosed(keys: readonly SoughtKey[], before: Place): Promise<Place[]> {
    if (this.#head.waiting === 0) return [];
    const sought = keys.filter(({ atOnceOnly }) => !atOnceOnly).map(({ key }) => key);
    if (sought.length === 0) return [];
    const rows = await disclosedOf(this.#db, this.#head.disclosed, this.size, sought);
    return rows.filter((place) => byPlace(before, place) < 0);
  }

  async #inRuns(
    runs: readonly Run[],
    keys: readonly SoughtKey[],
    before: Place,
    limit: number,
  ): Promise<Place[]> {
    const probes = runs.flatMap((run) =>
      keys.flatMap((sought) => this.#probe(run, sought, before) ?? []),
    );
    if (probes.length === 0) return [];
    const pages = await this.#pagesOf(probes);
    const found: Place[] = [];
    for (const [index, probe] of probes.entries())
      found.push(...(await this.#read(probe, pages.get(index) ?? [], limit)));
    return found;
  }

  /** Undefined where a run has nothing of a key: it is of another month, or has been merged beyond it. */
  #probe({ run, month, target }: Run, sought: SoughtKey, before: Place): Probe | undefined {
    if (sought.month !== undefined && sought.month !== month) return undefined;
    const done = target === null ? null : this.#runs.find((each) => each.run === target)?.done;
    if (done == null || done.length === 0 || sought.key > keyOf(done))
      return { run, sought, before };
    if (sought.key < keyOf(done)) return undefined;
    const place = placeOf(done);
    return { run, sought, before: byPlace(before, place) < 0 ? place : before };
  }

  /**
   * For each probe the page in which its first posting may stand, and the next one where that begins with its key: no
   * page is read that has nothing of it.
   */
  async #pagesOf(probes: readonly Probe[]): Promise<Map<number, StoredPage[]>> {
    const { rows } = await sql<StoredPage & { nth: number }>`
      select probe.nth, page.first, page.data
      from unnest(${probes.map(({ run }) => run)}::integer[],
        ${probes.map(({ sought, before }) => compositeOf(sought.key, before))}::bytea[],
        ${probes.map(({ sought }) => endOfKey(sought.key))}::bytea[])
        with ordinality as probe (run, first, last, nth)
      cross join lateral (
        (select first, data from audit_postings_page
          where run = probe.run and first <= probe.first order by first desc limit 1)
        union all
        (select first, data from audit_postings_page
          where run = probe.run and first > probe.first and first <= probe.last
          order by first limit 1)
      ) as page
      order by probe.nth, page.first`.execute(this.#db);
    return Map.groupBy(rows, ({ nth }) => nth - 1);
  }

  /** @param pages those of #pagesOf, in order */
  async #read(probe: Probe, pages: readonly StoredPage[], limit: number): Promise<Place[]> {
    const { sought, before } = probe;
    const found: Place[] = [];
    for (let some = pages; some.length > 0; some = await this.#pagesAfter(probe, some)) {
      let goesOn = false;
      for (const { data } of some) {
        const { places, reachesEnd } = groupOf(data, sought.key);
        goesOn = reachesEnd;
        for (const place of places) {
          if (byPlace(before, place) >= 0) continue;
          if (!sought.atOnceOnly || place.at === place.position) found.push(place);
        }
      }
      if (!goesOn || found.length >= limit) break;
    }
    return found.slice(0, limit);
  }

  async #pagesAfter({ run, sought }: Probe, pages: readonly StoredPage[]): Promise<StoredPage[]> {
    const { rows } = await sql<StoredPage>`
      select first, data from audit_postings_page
      where run = ${run} and first > ${pages.at(-1)!.first} and first <= ${endOfKey(sought.key)}
      order by first limit ${PAGES_ON}`.execute(this.#db);
    return rows;
  }
}

/** Newest first, each once. */
function distinct(places: readonly Place[]): Place[] {
  return places
    .toSorted(byPlace)
    .filter((place, index, all) => index === 0 || byPlace(all[index - 1]!, place) !== 0);
}
