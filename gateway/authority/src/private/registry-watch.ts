import type { FeedLine, RegistrySnapshot } from "@truc/contracts";
import type { Database, Frame } from "@truc/service";
import { tablesOf } from "../tables.ts";

/** How often the database is asked whether the registry has changed, by whichever authority. */
const LOOK_EVERY_MS = 200;
/** How often a sign of life is given. */
const ALIVE_EVERY_MS = 1_000;
/** A look that takes longer is given up: a database that is out of reach may stay silent for minutes. */
const LOOK_MAX_MS = 5_000;

/** What gets the feed's lines. */
export interface FeedReader {
  /** The registry as a line of the feed. */
  snapshot(line: string): void;
  /** A sign of life as a line of the feed: the database has just said that nothing is newer. */
  alive(line: string): void;
}

/**
 * Watches the registry for those who read the feed: a snapshot for a new reader, another after every change, a sign of
 * life every second. While the database does not answer there are neither, so that routers count the time as silence.
 */
export class RegistryWatch {
  readonly #db: Database;
  readonly #read: (db: Database) => Promise<RegistrySnapshot>;
  readonly #log: Frame["log"];
  readonly #timer: NodeJS.Timeout;
  /** The readers, with the revision each was given last. */
  readonly #readers = new Map<FeedReader, number | null>();
  #known: { revision: number; line: string } | undefined;
  #lastAlive = Number.NEGATIVE_INFINITY;
  #looking: Promise<void> | undefined;
  #again = false;
  #silent = false;
  #stopped = false;

  /** @param options.read gives the registry as it stands, all of it at one revision */
  constructor(options: {
    db: Database;
    read: (db: Database) => Promise<RegistrySnapshot>;
    log: Frame["log"];
  }) {
    this.#db = options.db;
    this.#read = options.read;
    this.#log = options.log;
    this.#timer = setInterval(() => {
      if (this.#looking === undefined) void this.look();
    }, LOOK_EVERY_MS);
    this.#timer.unref();
  }

  /** Whoever reads gets a snapshot first, as soon as the database answers, and then what happens. */
  add(reader: FeedReader): void {
    this.#readers.set(reader, null);
    void this.look();
  }

  remove(reader: FeedReader): void {
    this.#readers.delete(reader);
  }

  /** Looks now: for changes made in this process, which need not wait for the next look. Never rejects. */
  async look(): Promise<void> {
    // A look that is under way may have missed what was changed since it began.
    this.#again = true;
    this.#looking ??= this.#lookUntilDone().finally(() => {
      this.#looking = undefined;
    });
    await this.#looking;
  }

  /** Resolves when no look is under way any more; nothing is logged from here on. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    this.#readers.clear();
    await this.#looking;
  }

  async #lookUntilDone(): Promise<void> {
    while (this.#again && this.#readers.size > 0) {
      this.#again = false;
      const giveUp = AbortSignal.timeout(LOOK_MAX_MS);
      try {
        await Promise.race([this.#lookOnce(giveUp), rejection(giveUp)]);
        if (this.#stopped) return;
        if (this.#silent) this.#log.info("the feed goes on");
        this.#silent = false;
      } catch (error) {
        if (this.#stopped) return;
        if (!this.#silent) this.#log.error({ err: error }, "the feed is silent");
        this.#silent = true;
      }
    }
  }

  /** @param giveUp aborted when nobody waits any more: what is found after that is old */
  async #lookOnce(giveUp: AbortSignal): Promise<void> {
    const row = await tablesOf(this.#db)
      .selectFrom("registry_revision")
      .select("revision")
      .where("id", "=", 1)
      .executeTakeFirstOrThrow();
    if (giveUp.aborted) return;
    let known = this.#known;
    if (known?.revision !== Number(row.revision)) {
      const snapshot = await this.#read(this.#db);
      if (giveUp.aborted) return;
      known = { revision: snapshot.revision, line: lineOf({ kind: "snapshot", snapshot }) };
      this.#known = known;
    }
    for (const [reader, given] of this.#readers) {
      if (given === known.revision) continue;
      this.#readers.set(reader, known.revision);
      reader.snapshot(known.line);
    }
    if (performance.now() - this.#lastAlive < ALIVE_EVERY_MS) return;
    this.#lastAlive = performance.now();
    const line = lineOf({ kind: "alive", revision: known.revision });
    for (const reader of this.#readers.keys()) reader.alive(line);
  }
}

function lineOf(line: FeedLine): string {
  return `${JSON.stringify(line)}\n`;
}

async function rejection(signal: AbortSignal): Promise<never> {
  return await new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
}
