import { type Kysely, sql } from "kysely";

/** How far a router process is in the log: the sequence that comes next, and its chain before that. */
export interface RouterState {
  readonly next: number;
  readonly chain: Buffer;
}

/** The form in which segment.json and the table of segments have them: chains in base64. */
export type RouterStates = Record<string, { next: number; chain: string }>;

/** How far routers are, followed batch by batch. */
export class RouterBook {
  readonly #states: Map<string, RouterState>;

  constructor(states: RouterStates) {
    this.#states = new Map(
      Object.entries(states).map(([router, { next, chain }]) => [
        router,
        { next, chain: Buffer.from(chain, "base64") },
      ]),
    );
  }

  /** Records that turned up late have been overtaken, and say nothing of how far their router is. */
  follow(batch: { router: string; first: number; count: number; chain: Buffer }): void {
    const next = batch.first + batch.count;
    if (next > (this.#states.get(batch.router)?.next ?? 1))
      this.#states.set(batch.router, { next, chain: batch.chain });
  }

  /** By the routers' ids. */
  get states(): RouterStates {
    const sorted = [...this.#states].toSorted(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(
      sorted.map(([router, { next, chain }]) => [
        router,
        { next, chain: chain.toString("base64") },
      ]),
    );
  }
}

/**
 * How far routers were when the log was of a size: as it was noted when a segment up to there was exported, else found
 * out from their batches. A router whose last batch before that is no longer there is left out.
 */
export async function routerStatesAt(db: Kysely<any>, size: number): Promise<RouterStates> {
  if (size === 0) return {};
  const noted = await sql<{ routers: RouterStates }>`
    select routers from audit_segment where stop = ${size} order by start limit 1`.execute(db);
  if (noted.rows[0] !== undefined) return noted.rows[0].routers;
  const { rows } = await sql<{ router: string; first: number; count: number; chain: Buffer }>`
    select s.router, b.first, b.count, b.chain
    from audit_router_state s
    cross join lateral (
      select first, count, month, batches from audit_span
      where router = s.router and position < ${size}
      order by first desc limit 1
    ) last
    cross join lateral (
      select first, count, chain from audit_batch
      where router = s.router and month = last.month and first >= last.first
        and first < case when last.batches = 1 then last.first + 1 else last.first + last.count end
      order by first desc limit 1
    ) b`.execute(db);
  const book = new RouterBook({});
  for (const row of rows) book.follow(row);
  return book.states;
}
