import type { Kysely } from "kysely";
import { sql } from "kysely";
import { allRouters, unknownRouters } from "./new-batches.ts";

/** For how long after its last batch a router is looked at every time. */
const ACTIVE_MS = 24 * 60 * 60 * 1000;

/**
 * Which routers a look at the database is about: most of those that ever wrote have ended. Which one is left out is only
 * seen a little later; every one is looked at again and again.
 */
export class WatchedRouters {
  /** Until when each is looked at every time, by {@link performance.now}. */
  readonly #active = new Map<string, number>();

  async list(db: Kysely<any>, options: { all: boolean }): Promise<string[]> {
    const routers = new Set(await unknownRouters(db));
    if (options.all) for (const router of await allRouters(db)) routers.add(router);
    const now = performance.now();
    for (const [router, until] of this.#active)
      if (until > now) routers.add(router);
      else this.#active.delete(router);
    return [...routers];
  }

  /** Begins with those that wrote not long ago. */
  async begin(db: Kysely<any>): Promise<void> {
    const { rows } = await sql<{ router: string }>`
      select router from audit_router_state
      where changed > now() - make_interval(secs => ${ACTIVE_MS / 1000})`.execute(db);
    for (const { router } of rows) this.sawNews(router);
  }

  sawNews(router: string): void {
    this.#active.set(router, performance.now() + ACTIVE_MS);
  }
}
