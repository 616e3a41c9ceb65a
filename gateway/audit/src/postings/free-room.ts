import type { Database } from "@truc/service";
import { sql } from "kysely";
import type { Logger } from "pino";

/** 8 MiB of them. */
const PAGES = 4_000;

/**
 * Lets the room of pages that merging has deleted be used again soon. Autovacuum looks once a minute, in which many
 * records may have come; whoever deletes pages knows when it is time.
 */
export class FreeRoom {
  readonly #db: Database;
  readonly #log: Pick<Logger, "warn"> | undefined;
  #deleted = 0;
  #isUnderWay = false;

  constructor(db: Database, log?: Pick<Logger, "warn">) {
    this.#db = db;
    this.#log = log;
  }

  /** @param pages about how many were deleted */
  add(pages: number): void {
    this.#deleted += pages;
  }

  /** Never waited for, and never two at once; one that fails is left to the next, and to autovacuum. */
  freeSoon(): void {
    if (this.#isUnderWay || this.#deleted < PAGES) return;
    this.#isUnderWay = true;
    this.#deleted = 0;
    sql`vacuum (skip_locked) audit_postings_page, audit_postings_run`
      .execute(this.#db.kysely)
      .catch((error: unknown) =>
        this.#log?.warn({ err: error }, "the index of the log could not be vacuumed"),
      )
      .finally(() => {
        this.#isUnderWay = false;
      });
  }
}
