import { isUnavailable } from "@truc/service";
import { type Kysely, sql } from "kysely";
import type { Logger } from "pino";
import type { Break } from "./arrange.ts";

/** For how many days health speaks of a mark; it stays in its table. */
const SHOWN_DAYS = 7;

/** What a mark says of a router's records. */
const SENTENCES: Record<Break["reason"], string> = {
  chain: "the chain written with them does not follow from the one before",
  count: "their batch holds more lines than that, or fewer",
  line: "not in the form of a record",
  context: "the context they point to is not there",
  gap: "missing, though later ones are there",
  late: "turned up after later ones",
  overlap: "not in the log, because others have their numbers",
};

/** What is wrong with the log at the moment, for health. */
export class Troubles {
  readonly #db: Kysely<any>;
  readonly #log: Logger;
  /** What did not work the last time it was tried, and why. */
  readonly #failing = new Map<string, string>();
  #marks: readonly Break[] = [];
  #refreshedAt = -Infinity;

  constructor(db: Kysely<any>, log: Logger) {
    this.#db = db;
    this.#log = log;
  }

  /** Reads the marks anew, at most once a minute: other processes set some too. */
  async refresh(): Promise<void> {
    if (performance.now() - this.#refreshedAt < 60_000) return;
    const { rows } = await sql<Break>`
      select router, sequence, count, position, reason from audit_break
      where found > now() - make_interval(days => ${SHOWN_DAYS})
      order by id desc limit 100`.execute(this.#db);
    this.#marks = rows;
    this.#refreshedAt = performance.now();
  }

  add(breaks: readonly Break[]): void {
    for (const mark of breaks) this.#log.error(mark, "records are not as a router writes them");
    if (breaks.length > 0) this.#marks = [...breaks.toReversed(), ...this.#marks].slice(0, 100);
  }

  fail(what: string, error: unknown): void {
    const reason = isUnavailable(error) ? "the database does not answer" : (error as Error).message;
    this.#failing.set(what, reason);
  }

  settle(what: string): void {
    this.#failing.delete(what);
  }

  list(blocked: ReadonlyMap<string, string>): string[] {
    return [
      ...[...this.#failing].map(([what, reason]) => `${what}: ${reason}`),
      ...[...blocked].map(
        ([router, reason]) => `router ${router}: its next batch cannot be read (${reason})`,
      ),
      ...this.#marks.map(
        ({ router, sequence, count, reason }) =>
          `router ${router}, ${records(sequence, count)}: ${SENTENCES[reason]}`,
      ),
    ];
  }
}

function records(sequence: number, count: number): string {
  return count === 1 ? `record ${sequence}` : `records ${sequence} to ${sequence + count - 1}`;
}
