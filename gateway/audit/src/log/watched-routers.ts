import type { Kysely } from "kysely";
import { sql } from "kysely";
import { MAX_NEW_ROUTERS, pageOfRouters, ROUTERS_A_PAGE, unknownRouters } from "./new-batches.ts";

/** For how long after its last batch a router is looked at every time. */
const ACTIVE_MS = 24 * 60 * 60 * 1000;
/** How many are looked at every time, those that wrote last; far more than there are routers at work in a day. */
const MAX_ACTIVE = 1_000;
/** For how long health speaks of many new ones. */
const SPOKEN_OF_MS = 60 * 60 * 1000;

/**
 * Which routers a look at the database is about: most of those that ever wrote have ended. Which one is left out is only
 * seen a little later; every one is looked at again and again. However many there are, a look is about some hundreds.
 */
export class WatchedRouters {
  /** Until when each is looked at every time, by {@link performance.now}; who wrote last comes last. */
  readonly #active = new Map<string, number>();
  /** Behind which one the round of all routers goes on; undefined where it begins. */
  #after: string | undefined;
  #isCrowded = false;
  /** When so many were new at one time, last; by {@link performance.now}. */
  #manyNewAt = -Infinity;

  /**
   * @param options.all takes some of all routers up as well
   * @param options.except whose next batch cannot be read
   * @returns also whether the round of all routers has come to its end
   */
  async list(
    db: Kysely<any>,
    options: { all: boolean; except: readonly string[] },
  ): Promise<{ routers: string[]; isRoundOver: boolean }> {
    const fresh = await unknownRouters(db, options.except);
    if (fresh.length === MAX_NEW_ROUTERS) this.#manyNewAt = performance.now();
    const routers = new Set(fresh);
    let isRoundOver = false;
    if (options.all) {
      const page = await pageOfRouters(db, this.#after);
      isRoundOver = page.length < ROUTERS_A_PAGE;
      this.#after = isRoundOver ? undefined : page.at(-1);
      for (const router of page) routers.add(router);
    }
    const now = performance.now();
    for (const [router, until] of this.#active)
      if (until > now) routers.add(router);
      else this.#active.delete(router);
    if (this.#active.size < MAX_ACTIVE) this.#isCrowded = false;
    return { routers: [...routers], isRoundOver };
  }

  /** Begins with those that wrote not long ago. */
  async begin(db: Kysely<any>): Promise<void> {
    const { rows } = await sql<{ router: string }>`
      select router from audit_router_state
      where changed > now() - make_interval(secs => ${ACTIVE_MS / 1000})
      order by changed desc limit ${MAX_ACTIVE}`.execute(db);
    for (const { router } of rows.toReversed()) this.sawNews(router);
  }

  sawNews(router: string): void {
    this.#active.delete(router);
    this.#active.set(router, performance.now() + ACTIVE_MS);
    if (this.#active.size <= MAX_ACTIVE) return;
    this.#isCrowded = true;
    const [oldest] = this.#active.keys();
    this.#active.delete(oldest!);
  }

  /** What health says where there are more routers than a platform has. */
  problems(): string[] {
    return [
      ...(performance.now() - this.#manyNewAt < SPOKEN_OF_MS
        ? [`${MAX_NEW_ROUTERS} routers or more wrote for the first time at one time`]
        : []),
      ...(this.#isCrowded
        ? [`more than ${MAX_ACTIVE} routers wrote within a day: some are looked at less often`]
        : []),
    ];
  }
}
