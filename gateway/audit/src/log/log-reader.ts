import { leafHash } from "@truc/contracts";
import { type Kysely, sql } from "kysely";
import type { Contexts } from "./contexts.ts";
import type { Entry, Unreadable } from "./entry.ts";
import { isDamaged } from "./is-damaged.ts";
import { readRecord, splitLines } from "./read-record.ts";
import type { StoredTree } from "./tree/stored-tree.ts";

/** Positions read at one time: each may have a context of its own, of 64 KiB at most. */
const CHUNK = 500;

/** Where a position's record is to be found. */
interface Place {
  readonly position: number;
  readonly router: string;
  readonly sequence: number;
  readonly month: string;
  /** The span it stands in: where its batches begin, and whether that is a single one. */
  readonly spanFirst: number;
  readonly batches: number;
}

/** A line as it was found, not yet held against the tree. */
interface Found {
  readonly written: Date;
  readonly line: Buffer;
}

/** A place without its record, and why. */
type Missing = Map<number, string>;

const GONE = "the batch it was in is not in the database";
/** So it is with months that were exported and taken out. */
export const WITHOUT_MONTH = "its month has no partition in the database";
const UNORDERED = "the log does not say where it is";
const CHANGED = "it is not what the log's tree was made of";
const NO_LEAF = "the tree's tile with its leaf cannot be read";

/** Reads the log's entries, and holds each against the tree. */
export class LogReader {
  readonly #db: Kysely<any>;
  readonly #tree: StoredTree;
  readonly #contexts: Contexts;
  readonly #onUnreadable: (unreadable: Unreadable) => void;

  /** @param onUnreadable told of every stretch that is found, more than once if it is read again */
  constructor(
    db: Kysely<any>,
    tree: StoredTree,
    contexts: Contexts,
    onUnreadable: (unreadable: Unreadable) => void,
  ) {
    this.#db = db;
    this.#tree = tree;
    this.#contexts = contexts;
    this.#onUnreadable = onUnreadable;
  }

  /** @param positions all below `size` */
  async read(positions: readonly number[], size: number): Promise<Map<number, Entry | Unreadable>> {
    const wanted = [...new Set(positions)]
      .filter((position) => Number.isSafeInteger(position) && position >= 0 && position < size)
      .sort((a, b) => a - b);
    const entries = new Map<number, Entry | Unreadable>();
    for (let at = 0; at < wanted.length; at += CHUNK)
      for (const [position, entry] of await this.#chunk(wanted.slice(at, at + CHUNK), "lines"))
        entries.set(position, entry);
    return entries;
  }

  /** From `from` up to `to`, without `to`; neighbours that cannot be read for the same reason come as one. */
  async *stream(from: number, to: number): AsyncIterable<Entry | Unreadable> {
    let unreadable: Unreadable | undefined;
    for (let at = from; at < to; at += CHUNK) {
      const positions = Array.from({ length: Math.min(CHUNK, to - at) }, (_, i) => at + i);
      const chunk = await this.#chunk(positions, "batches");
      for (const position of positions) {
        const entry = chunk.get(position)!;
        if ("line" in entry) {
          if (unreadable !== undefined) yield unreadable;
          unreadable = undefined;
          yield entry;
        } else if (unreadable?.reason === entry.reason)
          unreadable = { ...unreadable, to: position };
        else {
          if (unreadable !== undefined) yield unreadable;
          unreadable = entry;
        }
      }
    }
    if (unreadable !== undefined) yield unreadable;
  }

  async positionOf(router: string, sequence: number): Promise<number | undefined> {
    const { rows } = await sql<{ position: number; first: number; count: number }>`
      select position, first, count from audit_span
      where router = ${router} and first <= ${sequence}
      order by first desc limit 1`.execute(this.#db);
    const [span] = rows;
    if (span === undefined || sequence >= span.first + span.count) return undefined;
    return span.position + (sequence - span.first);
  }

  async #chunk(
    positions: readonly number[],
    by: "lines" | "batches",
  ): Promise<Map<number, Entry | Unreadable>> {
    const missing: Missing = new Map();
    const places = await this.#places(positions);
    const found = await this.#find(places, missing, by === "lines" ? pickLines : pickBatches);
    await this.#explain(
      places.filter(({ position }) => !found.has(position)),
      missing,
    );
    const leaves = await this.#tree.leaves(positions);
    const entries = new Map<number, Entry | Unreadable>();
    const placeOf = new Map(places.map((place) => [place.position, place]));
    for (const position of positions) {
      const place = placeOf.get(position);
      const entry = held(position, place, found.get(position), leaves.get(position), missing);
      entries.set(position, entry);
      if (!("line" in entry)) this.#onUnreadable(entry);
    }
    return await this.#withContexts(entries);
  }

  /** Where the records of these positions are; positions in ascending order. */
  async #places(positions: readonly number[]): Promise<Place[]> {
    const { rows } = await sql<Place>`
      select p.position, s.router, s.first + (p.position - s.position) as sequence, s.month,
        s.first as "spanFirst", s.batches
      from unnest(${positions}::bigint[]) as p(position)
      cross join lateral (
        select * from audit_span where audit_span.position <= p.position
        order by audit_span.position desc limit 1
      ) s
      where p.position < s.position + s.count`.execute(this.#db);
    return rows;
  }

  /** Finds lines; where the database cannot read one, the others are found one by one. */
  async #find(places: readonly Place[], missing: Missing, pick: Pick): Promise<Map<number, Found>> {
    if (places.length === 0) return new Map();
    try {
      return await pick(this.#db, places);
    } catch (error) {
      if (isNoText(error)) return await this.#find(places, missing, pickBatches);
      if (!isDamaged(error)) throw error;
      if (places.length === 1) {
        missing.set(places[0]!.position, (error as Error).message);
        return new Map();
      }
    }
    const middle = Math.ceil(places.length / 2);
    const halves = [places.slice(0, middle), places.slice(middle)];
    const found: Map<number, Found>[] = [];
    for (const half of halves) found.push(await this.#find(half, missing, pick));
    return new Map(found.flatMap((half) => [...half]));
  }

  /** Says of what is not there whether the month it belongs to is. */
  async #explain(places: readonly Place[], missing: Missing): Promise<void> {
    if (places.length === 0) return;
    const { rows } = await sql<{ month: string }>`
      select month from unnest(${[...new Set(places.map(({ month }) => month))]}::date[]) as m(month)
      where to_regclass('audit_batch_' || to_char(month, 'YYYY_MM')) is not null`.execute(this.#db);
    const kept = new Set(rows.map(({ month }) => month));
    for (const { position, month } of places)
      if (!missing.has(position)) missing.set(position, kept.has(month) ? GONE : WITHOUT_MONTH);
  }

  async #withContexts(
    entries: Map<number, Entry | Unreadable>,
  ): Promise<Map<number, Entry | Unreadable>> {
    const digests = new Set<string>();
    for (const entry of entries.values())
      if ("record" in entry && entry.record !== undefined) digests.add(entry.record.context);
    const contexts = await this.#contexts.load(this.#db, digests);
    for (const [position, entry] of entries)
      if ("record" in entry && entry.record !== undefined)
        entries.set(position, { ...entry, context: contexts.get(entry.record.context) });
    return entries;
  }
}

/** Holds a line against its leaf in the tree. */
function held(
  position: number,
  place: Place | undefined,
  found: Found | undefined,
  leaf: Buffer | undefined,
  missing: Missing,
): Entry | Unreadable {
  const unreadable = (reason: string): Unreadable => ({ from: position, to: position, reason });
  if (place === undefined) return unreadable(UNORDERED);
  if (found === undefined) return unreadable(missing.get(position)!);
  if (leaf === undefined) return unreadable(NO_LEAF);
  const { line, written } = found;
  if (!leafHash(line).equals(leaf)) return unreadable(CHANGED);
  const { router, sequence } = place;
  const record = readRecord(line);
  return { position, router, sequence, written, line, leaf, record, context: undefined };
}

type Pick = (db: Kysely<any>, places: readonly Place[]) => Promise<Map<number, Found>>;

/** Takes single lines out of their batches where those are, for places far from each other. */
async function pickLines(db: Kysely<any>, places: readonly Place[]): Promise<Map<number, Found>> {
  const { rows } = await sql<{ position: number; written: Date; line: string | null }>`
    select w.position, b.written,
      case when w.batches = 1 or w.sequence < b.first + b.count
        then split_part(convert_from(b.lines, 'UTF8'), chr(10), (w.sequence - b.first + 1)::int)
      end as line
    from ${wanted(places)}
    cross join lateral (
      select first, count, written, lines from audit_batch
      where router = w.router and month = w.month
        and first <= case when w.batches = 1 then w.span_first else w.sequence end
        and first >= w.span_first
      order by first desc limit 1
    ) b`.execute(db);
  return new Map(
    rows.flatMap(({ position, written, line }) =>
      line === null ? [] : [[position, { written, line: Buffer.from(line) }] as const],
    ),
  );
}

/** Takes whole batches, for places next to each other. */
async function pickBatches(db: Kysely<any>, places: readonly Place[]): Promise<Map<number, Found>> {
  const { rows } = await sql<{ router: string; first: number; written: Date; lines: Buffer }>`
    select b.router, b.first, b.written, b.lines from audit_batch b
    join (
      select distinct w.router, w.month, b.first
      from ${wanted(places)}
      cross join lateral (
        select first from audit_batch
        where router = w.router and month = w.month
          and first <= case when w.batches = 1 then w.span_first else w.sequence end
          and first >= w.span_first
        order by first desc limit 1
      ) b
    ) w on b.router = w.router and b.month = w.month and b.first = w.first
    order by b.router, b.first`.execute(db);
  const batches = new Map<string, { first: number; written: Date; lines: Buffer[] }[]>();
  for (const { router, first, written, lines } of rows) {
    const own = batches.get(router) ?? [];
    own.push({ first, written, lines: splitLines(lines) });
    batches.set(router, own);
  }
  const found = new Map<number, Found>();
  for (const place of places) {
    const last = place.batches === 1 ? place.spanFirst : place.sequence;
    const batch = batches
      .get(place.router)
      ?.findLast(({ first }) => first <= last && first >= place.spanFirst);
    const line = batch?.lines[place.sequence - batch.first];
    if (line !== undefined) found.set(place.position, { written: batch!.written, line });
  }
  return found;
}

function wanted(places: readonly Place[]) {
  return sql`unnest(
    ${places.map(({ position }) => position)}::bigint[],
    ${places.map(({ router }) => router)}::uuid[],
    ${places.map(({ sequence }) => sequence)}::bigint[],
    ${places.map(({ month }) => month)}::date[],
    ${places.map(({ spanFirst }) => spanFirst)}::bigint[],
    ${places.map(({ batches }) => batches)}::int[]
  ) as w(position, router, sequence, month, span_first, batches)`;
}

/** PostgreSQL: bytes that are no text in UTF-8. */
function isNoText(error: unknown): boolean {
  return error instanceof Error && (error as { code?: string }).code === "22021";
}
