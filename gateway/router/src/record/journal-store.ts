import { Journal } from "@truc/service/process";
import type { RecordBatch, RecordStore, RefusalCount } from "./record-store.ts";

/** Contexts remembered as written; beyond that they are written once more. */
const MAX_CONTEXTS = 20_000;

/**
 * Records in a journal on this machine, one line a batch: `{router, first, count, written, chain, contexts, records}`, where
 * contexts are the texts that this process does not know to stand in the day's file, and records the lines as texts. Counts
 * of refusals have lines of their own: `{router, refusals: [{minute, source, code, count}]}`.
 *
 * A torn line is a whole batch that nobody was told is kept. A disk that takes neither a batch nor that it is cut off
 * again may leave it there twice, in the same words.
 */
export class JournalStore implements RecordStore {
  readonly #journal: Journal;
  /** Digests of those in the file of a day, which holds every context that its records point to. */
  readonly #contexts = new Set<string>();
  #day = "";

  /** @throws StartupError when the directory cannot be written to */
  constructor(directory: string) {
    this.#journal = new Journal({ directory, name: "router" });
  }

  async append(batch: RecordBatch): Promise<void> {
    const { router, first, count, written, chain, lines, contexts } = batch;
    await this.#journal.append((day) => {
      this.#turn(day);
      const unknown = [...contexts].filter(([digest]) => !this.#contexts.has(digest));
      return {
        router,
        first,
        count,
        written: written.toISOString(),
        chain: chain.toString("base64url"),
        contexts: unknown.map(([, text]) => text),
        records: lines.toString("utf8", 0, lines.length - 1).split("\n"),
      };
    });
    if (this.#contexts.size > MAX_CONTEXTS) this.#contexts.clear();
    for (const digest of contexts.keys()) this.#contexts.add(digest);
  }

  async appendRefusals(refusals: readonly RefusalCount[]): Promise<void> {
    const [first] = refusals;
    if (first === undefined) return;
    await this.#journal.append({
      router: first.router,
      refusals: refusals.map(({ minute, source, code, count }) => ({
        minute: minute.toISOString(),
        source,
        code,
        count,
      })),
    });
  }

  async ready(): Promise<boolean> {
    return await Promise.resolve(true);
  }

  async close(): Promise<void> {
    await this.#journal.close();
  }

  #turn(day: string): void {
    if (day !== this.#day) this.#contexts.clear();
    this.#day = day;
  }
}
