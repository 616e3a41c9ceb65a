import { leafHash } from "@truc/contracts";
import { type Kysely, sql } from "kysely";
import { isDamaged } from "../log/is-damaged.ts";
import { splitLines } from "../log/read-record.ts";
import type { StoredTree } from "../log/tree/stored-tree.ts";

/** Records that stand next to each other in the log and were written together. */
export interface StoredBatch {
  readonly position: number;
  readonly router: string;
  /** Sequence of its first record. */
  readonly first: number;
  readonly written: Date;
  readonly chain: Buffer;
  /** Without line feeds; undefined where it is not known what stood there. */
  readonly lines: readonly (Buffer | undefined)[];
  /** Lines that cannot be read or are not what the tree was made of, by their place in the batch. */
  readonly broken: ReadonlyMap<number, string>;
}

/** Positions of which not even the batch is there. */
export interface LostStretch {
  readonly position: number;
  readonly router: string;
  readonly count: number;
  readonly reason: string;
}

interface Span {
  readonly position: number;
  readonly router: string;
  readonly first: number;
  readonly count: number;
  readonly month: string;
  readonly batches: number;
}

/** Numbers of a router's batches in one month, both included. */
interface Want {
  readonly router: string;
  readonly month: string;
  readonly first: number;
  readonly last: number;
}

interface BatchRow {
  readonly router: string;
  readonly first: number;
  /** As the router says. */
  readonly count: number;
  readonly written: Date;
  readonly chain: Buffer;
  /** Undefined where they are damaged, and the row is not. */
  readonly lines: Buffer | undefined;
}

const GONE = "the batch it was in is not in the database";
const CHANGED = "it is not what the log's tree was made of";
const MISCOUNTED = "its batch has not as many lines as the log knows of";
const NO_LEAF = "the tree's tile with its leaf cannot be read";

const MAX_SPANS = 1_000;
/** Read at one time; a batch has 64 KiB and 200 records at most. */
const MAX_RECORDS = 5_000;

/**
 * The log from `from` up to `to`, without `to`, batch by batch and in order, straight from the database, each line held
 * against the tree. What is in memory is a few thousand records.
 * @param from,to where batches begin and end
 */
export async function* storedBatches(
  db: Kysely<any>,
  tree: StoredTree,
  from: number,
  to: number,
): AsyncGenerator<StoredBatch | LostStretch> {
  for await (const spans of spanGroups(db, from, to)) {
    const broken = new Map<string, string>();
    const rows = await readRows(db, spans.map(wantOf), broken);
    const byRouter = Map.groupBy(rows, ({ router }) => router);
    const positions = spans.flatMap(({ position, count }) =>
      Array.from({ length: count }, (_, index) => position + index),
    );
    const leaves = await tree.leaves(positions);
    for (const span of spans) {
      const own = rowsOf(span, byRouter.get(span.router) ?? []);
      yield* batchesOf(span, own, broken, leaves);
    }
  }
}

/** Spans of a stretch, as many at a time as are read together. */
async function* spanGroups(db: Kysely<any>, from: number, to: number): AsyncGenerator<Span[]> {
  for (let next = from; next < to;) {
    const { rows } = await sql<Span>`
      select position, router, first, count, month, batches from audit_span
      where position >= ${next} and position < ${to}
      order by position limit ${MAX_SPANS}`.execute(db);
    if (rows[0]?.position !== next) throw new Error(`the log does not say what is at ${next}`);
    let group: Span[] = [];
    let records = 0;
    for (const span of rows) {
      if (span.position !== next) throw new Error(`the log does not say what is at ${next}`);
      if (group.length > 0 && records + span.count > MAX_RECORDS) {
        yield group;
        [group, records] = [[], 0];
      }
      group.push(span);
      records += span.count;
      next += span.count;
    }
    yield group;
  }
}

/** A span of one batch is found by that batch's number alone: it may say another count than it has lines. */
function wantOf({ router, month, first, count, batches }: Span): Want {
  return { router, month, first, last: batches === 1 ? first : first + count - 1 };
}

/**
 * Reads batches; what is damaged is closed in on until the others are read.
 * @param broken gets why numbers cannot be read: `router number`
 */
async function readRows(
  db: Kysely<any>,
  wants: readonly Want[],
  broken: Map<string, string>,
): Promise<BatchRow[]> {
  try {
    const { rows } = await sql<BatchRow>`
      select b.router, b.first, b.count, b.written, b.chain, b.lines
      from unnest(
        ${wants.map(({ router }) => router)}::uuid[], ${wants.map(({ month }) => month)}::date[],
        ${wants.map(({ first }) => first)}::bigint[], ${wants.map(({ last }) => last)}::bigint[]
      ) as w(router, month, first, last)
      cross join lateral (
        select router, first, count, written, chain, lines from audit_batch
        where router = w.router and month = w.month and first between w.first and w.last
      ) b
      order by b.router, b.first`.execute(db);
    return rows;
  } catch (error) {
    if (!isDamaged(error)) throw error;
    const halves = halvesOf(wants);
    if (halves === undefined) {
      broken.set(placeOf(wants[0]!), (error as Error).message);
      return await readWithoutLines(db, wants[0]!);
    }
    const [one, other] = halves;
    return [...(await readRows(db, one, broken)), ...(await readRows(db, other, broken))];
  }
}

/** What a batch says of itself, where only its lines are damaged: they are not stored with it when they are long. */
async function readWithoutLines(db: Kysely<any>, want: Want): Promise<BatchRow[]> {
  const { router, month, first } = want;
  try {
    const { rows } = await sql<Omit<BatchRow, "lines">>`
      select router, first, count, written, chain from audit_batch
      where router = ${router} and month = ${month}::date and first = ${first}`.execute(db);
    return rows.map((row) => ({ ...row, lines: undefined }));
  } catch (error) {
    if (!isDamaged(error)) throw error;
    return [];
  }
}

function placeOf({ router, first }: { router: string; first: number }): string {
  return `${router} ${first}`;
}

function halvesOf(wants: readonly Want[]): [Want[], Want[]] | undefined {
  if (wants.length > 1) {
    const middle = Math.ceil(wants.length / 2);
    return [wants.slice(0, middle), wants.slice(middle)];
  }
  const [want] = wants;
  if (want === undefined || want.first === want.last) return undefined;
  const middle = Math.floor((want.first + want.last) / 2);
  return [[{ ...want, last: middle }], [{ ...want, first: middle + 1 }]];
}

/** @param rows of the span's router, by their numbers */
function rowsOf(span: Span, rows: readonly BatchRow[]): readonly BatchRow[] {
  const { first, last } = wantOf(span);
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (rows[middle]!.first < first) low = middle + 1;
    else high = middle;
  }
  let end = low;
  while (end < rows.length && rows[end]!.first <= last) end += 1;
  return rows.slice(low, end);
}

function* batchesOf(
  span: Span,
  rows: readonly BatchRow[],
  broken: ReadonlyMap<string, string>,
  leaves: ReadonlyMap<number, Buffer>,
): Generator<StoredBatch | LostStretch> {
  const { router, first, count, batches } = span;
  const end = first + count;
  let next = first;
  const lost = (until: number): LostStretch => {
    const reason = broken.get(placeOf({ router, first: next })) ?? GONE;
    return { position: span.position + next - first, router, count: until - next, reason };
  };
  for (const row of rows) {
    if (row.first > next) yield lost(row.first);
    const size = batches === 1 ? count : row.count;
    const reason = broken.get(placeOf(row));
    yield held(row, { position: span.position + row.first - first, size, leaves, reason });
    next = row.first + size;
  }
  if (next < end) yield lost(end);
}

/** Holds a batch's lines against their leaves in the tree. @param place.reason why its lines cannot be read */
function held(
  { router, first, written, chain, lines: bytes }: BatchRow,
  place: {
    position: number;
    size: number;
    leaves: ReadonlyMap<number, Buffer>;
    reason: string | undefined;
  },
): StoredBatch {
  const { position, size, leaves, reason } = place;
  const lines: readonly (Buffer | undefined)[] = bytes === undefined ? [] : splitLines(bytes);
  const broken = new Map<number, string>();
  const batch = { position, router, first, written, chain, broken };
  if (lines.length !== size) {
    for (let index = 0; index < size; index++) broken.set(index, reason ?? MISCOUNTED);
    return { ...batch, lines: Array.from({ length: size }, () => undefined) };
  }
  for (const [index, line] of lines.entries()) {
    const leaf = leaves.get(position + index);
    if (leaf === undefined) broken.set(index, NO_LEAF);
    else if (!leafHash(line!).equals(leaf)) broken.set(index, CHANGED);
  }
  return { ...batch, lines };
}
