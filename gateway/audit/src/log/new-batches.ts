import { type Kysely, sql } from "kysely";
import { isDamaged } from "./is-damaged.ts";

/** A batch that is not in the log yet. */
export interface NewBatch {
  readonly router: string;
  readonly first: number;
  readonly count: number;
  readonly month: string;
  readonly written: Date;
  readonly chain: Buffer;
  readonly lines: Buffer;
}

/** What to read of a router: from its next record up to the batch that begins with `last`. */
export interface Want {
  readonly router: string;
  readonly next: number;
  readonly last: number;
}

/** How far a router is in the log. */
export interface RouterState {
  readonly next: number;
  /** Its chain after the record before that. */
  readonly chain: Buffer;
}

/** Records that a router numbered and that were not there when later ones came into the log. */
export interface Gap extends Want {
  /** The mark that says so. */
  readonly id: number;
  /** The router's chain before them; null where that is not known either. */
  readonly chain: Buffer | null;
  /** The last number that is missing; what is read of it may be less. */
  readonly end: number;
}

/** Most that one transaction takes, so that nobody waits long for it, and its memory is bounded: whoever wrote what. */
const MAX_RECORDS = 20_000;
const MAX_BATCHES = 1_000;
const MAX_BYTES = 16 * 1024 * 1024;

/** Most routers that one look takes up, of which nothing is in the log yet. */
export const MAX_NEW_ROUTERS = 200;
/** Of how many routers beside those a look sees to it that none was left out. */
export const ROUTERS_A_PAGE = 500;

/**
 * Routers of which a batch is there and nothing is in the log yet, those first that came first.
 * @param except whose next batch cannot be read
 */
export async function unknownRouters(
  db: Kysely<any>,
  except: readonly string[] = [],
): Promise<string[]> {
  const { rows } = await sql<{ id: number; router: string; known: boolean }>`
    select n.id, n.router, s.router is not null as known
    from (
      select id, router from audit_router_new where router <> all(${except}::uuid[])
      order by id limit ${MAX_NEW_ROUTERS}
    ) n
    left join audit_router_state s on s.router = n.router
    order by n.id`.execute(db);
  const known = rows.flatMap((row) => (row.known ? [row.id] : []));
  if (known.length > 0)
    await sql`delete from audit_router_new where id = any(${known}::bigint[])`.execute(db);
  return rows.flatMap((row) => (row.known ? [] : [row.router]));
}

/** Routers that ever wrote, by their ids, a page of them from behind one on. */
export async function pageOfRouters(db: Kysely<any>, after: string | undefined): Promise<string[]> {
  // From one router to the next over the primary key, instead of over every batch.
  const { rows } = await sql<{ router: string }>`
    with recursive writer(router, place) as (
      (select router, 1 from audit_batch
        where ${after === undefined ? sql`true` : sql`router > ${after}`} order by router limit 1)
      union all
      select (select b.router from audit_batch b where b.router > writer.router order by b.router limit 1),
        place + 1
      from writer where writer.router is not null and place < ${ROUTERS_A_PAGE}
    )
    select router from writer where router is not null`.execute(db);
  return rows.map(({ router }) => router);
}

interface FoundBatch {
  readonly router: string;
  readonly next: number;
  readonly first: number;
  readonly count: number;
  readonly bytes: number;
}

/**
 * What is new of these routers, as much as one transaction takes.
 * @param maxBatches of each router
 * @returns also of whom there is anything new, and whether there is more of it
 */
export async function findNew(
  db: Kysely<any>,
  routers: readonly string[],
  maxBatches = MAX_BATCHES,
): Promise<{ wants: Want[]; news: string[]; more: boolean }> {
  if (routers.length === 0) return { wants: [], news: [], more: false };
  const share = Math.min(maxBatches, Math.max(1, Math.floor(MAX_BATCHES / routers.length)));
  const { rows } = await sql<FoundBatch>`
    select w.router, coalesce(s.next, 1) as next, b.first, b.count, b.bytes
    from unnest(${routers}::uuid[]) as w(router)
    left join audit_router_state s on s.router = w.router
    cross join lateral (
      select first, count, octet_length(lines) as bytes from audit_batch
      where router = w.router and first >= coalesce(s.next, 1)
      order by first limit ${share}
    ) b
    order by w.router, b.first`.execute(db);
  return take(rows, share);
}

/** The routers take turns, who has the smallest batch first: so none can keep the others out by the size of its own. */
function take(
  rows: readonly FoundBatch[],
  share: number,
): { wants: Want[]; news: string[]; more: boolean } {
  const byRouter = Map.groupBy(rows, ({ router }) => router);
  const wants = new Map<string, Want>();
  let [batches, records, bytes] = [MAX_BATCHES, MAX_RECORDS, MAX_BYTES];
  let more = false;
  let going = [...byRouter.values()];
  for (let turn = 0; going.length > 0; turn++) {
    going = going.filter((own) => {
      more ||= turn === own.length && own.length === share;
      return turn < own.length;
    });
    going.sort((a, b) => a[turn]!.bytes - b[turn]!.bytes);
    going = going.filter((own) => {
      const { router, next, first, count, bytes: length } = own[turn]!;
      const fits = batches > 0 && count <= records && length <= bytes;
      // However large it is, something is taken.
      if (!fits && wants.size > 0) {
        more = true;
        return false;
      }
      [batches, records, bytes] = [batches - 1, records - count, bytes - length];
      wants.set(router, { router, next: wants.get(router)?.next ?? next, last: first });
      return true;
    });
  }
  return { wants: [...wants.values()], news: [...byRouter.keys()], more };
}

/** How far routers are in the log; those of which nothing is there are left out. */
export async function readStates(
  db: Kysely<any>,
  routers: readonly string[],
): Promise<Map<string, RouterState>> {
  const { rows } = await sql<RouterState & { router: string }>`
    select router, next, chain from audit_router_state where router = any(${routers}::uuid[])`.execute(
    db,
  );
  return new Map(rows.map(({ router, next, chain }) => [router, { next, chain }]));
}

/** Reads batches in order, by router. */
export async function readBatches(db: Kysely<any>, wants: readonly Want[]): Promise<NewBatch[]> {
  const { rows } = await sql<NewBatch>`
    select b.* from unnest(
        ${wants.map(({ router }) => router)}::uuid[],
        ${wants.map(({ next }) => next)}::bigint[],
        ${wants.map(({ last }) => last)}::bigint[]
      ) with ordinality as w(router, next, last, place)
    cross join lateral (
      select router, first, count, month, written, chain, lines from audit_batch
      where router = w.router and first between w.next and w.last
    ) b
    order by w.place, b.first`.execute(db);
  return rows;
}

/**
 * Tries to read a router's next batch, all of it.
 * @returns why it cannot be read; undefined when it can, or there is none
 */
export async function whyUnreadable(db: Kysely<any>, router: string): Promise<string | undefined> {
  try {
    await sql`
      select sha256(b.lines) from audit_batch b
      where b.router = ${router} and b.first >= coalesce(
        (select next from audit_router_state where router = ${router}), 1)
      order by b.first limit 1`.execute(db);
    return undefined;
  } catch (error) {
    if (!isDamaged(error)) throw error;
    return (error as Error).message;
  }
}

/** As much as one transaction takes of gaps, which nobody fills in a hurry. */
const MAX_GAPS = 10;
const MAX_LATE = 100;

/** Gaps in which something has turned up, and whether there may be more of it. */
export async function findLate(db: Kysely<any>): Promise<{ gaps: Gap[]; more: boolean }> {
  const { rows } = await sql<Gap & { batches: number }>`
    select g.id, g.router, g.sequence as next, g.sequence + g.count - 1 as end, g.chain,
      b.last, b.batches
    from audit_break g
    cross join lateral (
      select max(first) as last, count(*) as batches from (
        select first from audit_batch
        where router = g.router and first >= g.sequence and first < g.sequence + g.count
        order by first limit ${MAX_LATE}
      ) turned_up
    ) b
    where g.reason = 'gap' and not g.filled and b.last is not null
    order by g.id limit ${MAX_GAPS}`.execute(db);
  const more = rows.length === MAX_GAPS || rows.some(({ batches }) => batches === MAX_LATE);
  return { gaps: rows.map(({ batches: _batches, ...gap }) => gap), more };
}
