import type { Database } from "@truc/service";
import { append, type Appended, type AppendOptions } from "./append.ts";
import { isDamaged } from "./is-damaged.ts";
import { findLate, findNew, type Gap, type Want, whyUnreadable } from "./new-batches.ts";
import { WatchedRouters } from "./watched-routers.ts";

/** How often all routers are looked at, and what could not be read is tried again. */
const ALL_EVERY_MS = 60_000;

/** What a look found. */
interface Found {
  readonly wants: readonly Want[];
  readonly gaps: readonly Gap[];
  /** Whether there is more than one transaction takes. */
  readonly more: boolean;
}

/** Looks for what routers wrote since the last look. */
export class Looks {
  readonly #db: Database;
  readonly #routers = new WatchedRouters();
  /** Routers whose next batch cannot be read, and why: they wait, the others go on. */
  readonly #blocked = new Map<string, string>();
  /** Since something could not be read: every router's next batch is tried by itself. */
  #careful = false;
  #allAt = -Infinity;
  #begun = false;

  constructor(db: Database) {
    this.#db = db;
  }

  /** What health says of the routers as a whole. */
  get problems(): string[] {
    return this.#routers.problems();
  }

  get blocked(): ReadonlyMap<string, string> {
    return this.#blocked;
  }

  /** Appends what is new, one transaction's worth. @returns what came of it, and whether there is more */
  async appendNew(
    options: AppendOptions,
  ): Promise<{ appended: Appended | undefined; more: boolean }> {
    if (this.#careful && this.#allAreDue()) this.#tryAgain();
    try {
      return await this.#appendFound(await this.#find(), options);
    } catch (error) {
      if (this.#careful || !isDamaged(error)) throw error;
      this.#careful = true;
      return await this.#appendFound(await this.#find(), options);
    }
  }

  async #appendFound(
    { wants, gaps, more }: Found,
    options: AppendOptions,
  ): Promise<{ appended: Appended | undefined; more: boolean }> {
    if (wants.length + gaps.length === 0) return { appended: undefined, more: false };
    const appended = await append(this.#db, wants, gaps, options);
    return { appended, more: more || appended.isCut };
  }

  async #find(): Promise<Found> {
    const db = this.#db.kysely;
    if (!this.#begun) await this.#routers.begin(db);
    this.#begun = true;
    const all = this.#allAreDue();
    const except = [...this.#blocked.keys()];
    const { routers, isRoundOver } = await this.#routers.list(db, { all, except });
    const found = this.#careful
      ? await findNew(db, await this.#readable(routers), 1)
      : await findNew(db, routers);
    // What is not taken this time is looked at next time.
    for (const router of found.news) this.#routers.sawNews(router);
    const late = isRoundOver ? await findLate(db) : { gaps: [], more: false };
    const more = found.more || late.more;
    if (isRoundOver && !more) this.#allAt = performance.now();
    return { wants: found.wants, gaps: late.gaps, more };
  }

  #allAreDue(): boolean {
    return performance.now() - this.#allAt >= ALL_EVERY_MS;
  }

  #tryAgain(): void {
    this.#blocked.clear();
    this.#careful = false;
  }

  async #readable(routers: readonly string[]): Promise<string[]> {
    const readable: string[] = [];
    for (const router of routers) {
      if (this.#blocked.has(router)) continue;
      const reason = await whyUnreadable(this.#db.kysely, router);
      if (reason === undefined) readable.push(router);
      else this.#blocked.set(router, reason);
    }
    return readable;
  }
}
