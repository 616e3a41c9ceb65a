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

/** Most that one transaction takes, so that nobody waits long for it, and its memory is bounded. */
const MAX_RECORDS = 20_000;
const MAX_BATCHES = 1_000;
const MAX_BYTES = 16 * 1024 * 1024;

/** Routers of which nothing is in the log yet. */
export async function unknownRouters(db: Kysely<any>): Promise<string[]> {
  const { rows } = await sql<{ router: string }>`
    select router from audit_router
    where not exists (select from audit_router_state s where s.router = audit_router.router)`.execute(
    db,
  );
  return rows.map(({ router }) => router);
}

/** Every router that ever wrote, also one that left out to say so before its first batch. */
export async function allRouters(db: Kysely<any>): Promise<string[]> {
  // From one router to the next over the primary key, instead of over every batch.
  const { rows } = await sql<{ router: string }>`
    with recursive writer(router) as (
      (select router from audit_batch order by router limit 1)
      union all
      select (select b.router from audit_batch b where b.router > writer.router order by b.router limit 1)
      from writer where writer.router is not null
    )
    select router from writer where router is not null`.execute(db);
  return rows.map(({ router }) => router);
}

/**
 * What is new of these routers, as much as one transaction takes; every router gets its share of that.
 * @param maxBatches of each router
 * @returns whether there is more of them
 */
export async function findNew(
  db: Kysely<any>,
  routers: readonly string[],
  maxBatches = MAX_BATCHES,
): Promise<{ wants: Want[]; more: boolean }> {
  if (routers.length === 0) return { wants: [], more: false };
  const share = Math.min(maxBatches, Math.max(1, Math.floor(MAX_BATCHES / routers.length)));
  const { rows } = await sql<{
    router: string;
    next: number;
    first: number;
    count: number;
    bytes: number;
  }>`
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

function take(
  rows: readonly { router: string; next: number; first: number; count: number; bytes: number }[],
  share: number,
): { wants: Want[]; more: boolean } {
  const byRouter = new Map<string, (typeof rows)[number][]>();
  for (const row of rows) byRouter.set(row.router, [...(byRouter.get(row.router) ?? []), row]);
  const wants: Want[] = [];
  let more = false;
  for (const [router, batches] of byRouter) {
    // In equal parts, and each at least one batch however large.
    let records = Math.floor(MAX_RECORDS / byRouter.size);
    let bytes = Math.floor(MAX_BYTES / byRouter.size);
    let taken = 0;
    for (const { count, bytes: length } of batches) {
      if (taken > 0 && (count > records || length > bytes)) break;
      records -= count;
      bytes -= length;
      taken++;
    }
    more ||= taken < batches.length || batches.length === share;
    wants.push({ router, next: batches[0]!.next, last: batches[taken - 1]!.first });
  }
  return { wants, more };
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
