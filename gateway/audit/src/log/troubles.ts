import { isUnavailable } from "@truc/service";
import { type Kysely, sql } from "kysely";
import type { Logger } from "pino";
import type { Break } from "./arrange.ts";
import type { Unreadable } from "./entry.ts";
import { WITHOUT_MONTH } from "./log-reader.ts";

/** For how many days health speaks of a mark; it stays in its table. */
const SHOWN_DAYS = 7;

/** Sentences of one kind that are listed; of others only how many there are. */
const LISTED = 10;

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
  /** Stretches that could not be read, each once. */
  readonly #unreadable: Unreadable[] = [];
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
    for (const { router, sequence, count, position, reason } of breaks)
      this.#log.error(
        { router, sequence, count, position, reason },
        "records are not as a router writes them",
      );
    if (breaks.length > 0) this.#marks = [...breaks.toReversed(), ...this.#marks].slice(0, 100);
  }

  fail(what: string, error: unknown): void {
    const reason = isUnavailable(error) ? "the database does not answer" : (error as Error).message;
    this.#failing.set(what, reason);
  }

  settle(what: string): void {
    this.#failing.delete(what);
  }

  /** Takes note of what could not be read, except where it was taken out on purpose. */
  unreadable({ from, to, reason }: Unreadable): void {
    if (reason === WITHOUT_MONTH) return;
    const same = this.#unreadable.findIndex(
      (known) => known.reason === reason && from <= known.to + 1 && to >= known.from - 1,
    );
    const known = this.#unreadable[same];
    if (known !== undefined && known.from <= from && to <= known.to) return;
    this.#log.error({ from, to, reason }, "entries of the audit log cannot be read");
    if (known === undefined) this.#unreadable.push({ from, to, reason });
    else {
      const range = { from: Math.min(from, known.from), to: Math.max(to, known.to) };
      this.#unreadable[same] = { ...range, reason };
    }
  }

  list(blocked: ReadonlyMap<string, string>): string[] {
    return [
      ...[...this.#failing].map(([what, reason]) => `${what}: ${reason}`),
      ...[...blocked].map(
        ([router, reason]) => `router ${router}: its next batch cannot be read (${reason})`,
      ),
      ...listed(
        this.#unreadable.map(
          ({ from, to, reason }) => `${numbered("position", from, to)}: cannot be read (${reason})`,
        ),
      ),
      ...listed(
        this.#marks.map(
          ({ router, sequence, count, reason }) =>
            `router ${router}, ${numbered("record", sequence, sequence + count - 1)}: ${SENTENCES[reason]}`,
        ),
      ),
    ];
  }
}

function listed(sentences: readonly string[]): string[] {
  const more = sentences.length - LISTED;
  return more <= 0 ? [...sentences] : [...sentences.slice(0, LISTED), `and ${more} more of these`];
}

function numbered(noun: string, from: number, to: number): string {
  return from === to ? `${noun} ${from}` : `${noun}s ${from} to ${to}`;
}
