import type { Database } from "@truc/service";
import { sql, type Transaction } from "kysely";
import { type Arrangement, arrange, type Break, readBatch, type Run } from "./arrange.ts";
import type { Contexts } from "./contexts.ts";
import { cutRuns } from "./cut-runs.ts";
import type { Entry } from "./entry.ts";
import type { Follower } from "./follower.ts";
import {
  type Gap,
  type NewBatch,
  readBatches,
  readStates,
  type RouterState,
  type Want,
} from "./new-batches.ts";
import { CompactRange } from "./tree/compact-range.ts";
import { type Head, readHead, writeHead } from "./tree/head.ts";
import { writeTiles } from "./tree/write-tiles.ts";

/** For as long a process waits while another one appends; then it looks again. */
const LOCK_TIMEOUT = "5s";

export interface AppendOptions {
  readonly contexts: Contexts;
  readonly followers: readonly Follower[];
  readonly now: () => Date;
  /** What this process knows to have been committed: the log never ends before. */
  readonly committed: { readonly size: number; readonly root: Buffer };
}

/** What a transaction has done. */
export interface Appended {
  /** Where the log ended before it, and after. */
  readonly from: number;
  readonly size: number;
  readonly root: Buffer;
  readonly entries: readonly Entry[];
  readonly breaks: readonly Break[];
  /** Whether some of what it was given is left for the next one. */
  readonly isCut: boolean;
}

/**
 * Puts batches into the log in one transaction, under a lock that lets one process through: order, tree, followers,
 * head. What another process has put there in the meantime is not put there again. Without batches it only calls the
 * followers.
 * @throws what the database says, 55P03 where another process held the lock for too long; nothing is changed then
 */
export async function append(
  db: Database,
  wants: readonly Want[],
  gaps: readonly Gap[],
  { contexts, followers, now, committed }: AppendOptions,
): Promise<Appended> {
  return await db.kysely
    .transaction()
    .setIsolationLevel("read committed")
    .execute(async (transaction) => {
      await guard(transaction);
      const head = await readHead(transaction, { lock: true });
      refuseSetBack(head, committed);
      const read = await readRuns(transaction, wants, gaps);
      const { runs, isCut } = await cutRuns(transaction, read, contexts);
      const digests = runs.flatMap(({ batches }) =>
        batches.flatMap(({ entries }) => entries.flatMap(({ record }) => record?.context ?? [])),
      );
      const arrangement = arrange(runs, head.size, await contexts.load(transaction, digests));
      const range = await extendTree(transaction, head, arrangement.entries);
      await keep(transaction, arrangement, now());
      const moment = { size: range.size, now: now() };
      for (const follower of followers)
        await follower.follow(transaction, arrangement.entries, moment);
      const { entries, breaks } = arrangement;
      return { from: head.size, size: range.size, root: range.root(), entries, breaks, isCut };
    });
}

async function guard(transaction: Transaction<any>): Promise<void> {
  await sql`select set_config('lock_timeout', ${LOCK_TIMEOUT}, true),
    -- What a checkpoint says must outlast the machine, so its commit is on disk before anybody sees it.
    set_config('synchronous_commit',
      case current_setting('synchronous_commit') when 'off' then 'on' when 'local' then 'on'
        else current_setting('synchronous_commit') end, true)`.execute(transaction);
}

/**
 * A database put back to an earlier state would give other records the places of some that are signed for.
 * @throws an error when the log does not go on from what is known to have been committed
 */
export function refuseSetBack(
  head: { readonly size: number; readonly root: Buffer },
  { size, root }: AppendOptions["committed"],
): void {
  if (head.size < size || (head.size === size && !head.root.equals(root)))
    throw new Error(
      `the database was set back: its log of ${head.size} is not what there was at ${size}`,
    );
}

async function readRuns(
  transaction: Transaction<any>,
  wants: readonly Want[],
  gaps: readonly Gap[],
): Promise<Run[]> {
  if (wants.length + gaps.length === 0) return [];
  const routers = wants.map(({ router }) => router);
  const states = await readStates(transaction, routers);
  // From where the log is by now, which another process may have brought further.
  const current = wants.map((want) => ({ ...want, next: states.get(want.router)?.next ?? 1 }));
  const open = await stillOpen(transaction, gaps);
  const batches = await readBatches(transaction, [...current, ...open]);
  return [
    ...current.map((want) => run(want, states.get(want.router), undefined, batches)),
    ...open.map((gap) => run(gap, undefined, gap, batches)),
  ];
}

async function stillOpen(
  transaction: Transaction<any>,
  gaps: readonly Gap[],
): Promise<readonly Gap[]> {
  if (gaps.length === 0) return gaps;
  const { rows } = await sql<{ id: number }>`
    select id from audit_break where not filled and id = any(${gaps.map(({ id }) => id)}::bigint[])`.execute(
    transaction,
  );
  const open = new Set(rows.map(({ id }) => id));
  return gaps.filter(({ id }) => open.has(id));
}

function run(
  { router, next, last }: Want,
  state: RouterState | undefined,
  gap: Gap | undefined,
  batches: readonly NewBatch[],
): Run {
  const own = batches.filter(
    (batch) => batch.router === router && batch.first >= next && batch.first <= last,
  );
  return { router, state, gap, batches: own.map(readBatch) };
}

async function extendTree(
  transaction: Transaction<any>,
  head: Head,
  entries: readonly Entry[],
): Promise<CompactRange> {
  const range = new CompactRange(head.size, head.range.hashes);
  if (entries.length === 0) return range;
  const leaves = entries.map(({ leaf }) => leaf);
  for (const leaf of leaves) range.append(leaf);
  const tail = await writeTiles(transaction, head.size, head.tail, leaves);
  await writeHead(transaction, range, tail);
  return range;
}

async function keep(
  transaction: Transaction<any>,
  { spans, breaks, states, filled }: Arrangement,
  now: Date,
): Promise<void> {
  if (spans.length > 0)
    await transaction
      .insertInto("audit_span")
      .values(
        spans.map(({ position, router, first, count, month, batches }) => ({
          position,
          router,
          first,
          count,
          month,
          batches,
        })),
      )
      .execute();
  if (states.size > 0)
    await transaction
      .insertInto("audit_router_state")
      .values([...states].map(([router, state]) => ({ router, ...state, changed: now })))
      .onConflict((conflict) =>
        conflict.column("router").doUpdateSet({
          next: sql`excluded.next`,
          chain: sql`excluded.chain`,
          changed: sql`excluded.changed`,
        }),
      )
      .execute();
  if (breaks.length > 0)
    await transaction
      .insertInto("audit_break")
      .values(
        breaks.map(({ chain, ...rest }) => ({
          ...rest,
          chain: chain ?? null,
          found: now,
          filled: rest.reason === "gap" ? false : null,
        })),
      )
      .execute();
  if (filled.length > 0)
    await transaction
      .updateTable("audit_break")
      .set({ filled: true })
      .where("id", "in", filled)
      .execute();
}
