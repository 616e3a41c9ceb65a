import { Journal } from "@truc/service/process";
import type { RecordBatch, RecordStore, RefusalCount } from "./record-store.ts";

/**
 * Records in a journal on this machine, one line a batch: `{router, first, count, written, chain, contexts, records}`, where
 * contexts are the texts that this process has not yet written to the day's file, and records the lines as texts. Counts
 * of refusals have lines of their own: `{router, refusals: [{minute, source, code, count}]}`.
 *
 * A torn line is a whole batch that nobody was told is kept. A disk that takes neither a batch nor that it is cut off
 * again may leave it there twice, in the same words.
 */
export class JournalStore implements RecordStore {
  readonly #journal: Journal;
  readonly #contexts = new Set<string>();
  #day = "";

  /** @throws StartupError when the directory cannot be written to */
  constructor(directory: string) {
    this.#journal = new Journal({ directory, name: "router" });
  }

  async append(batch: RecordBatch): Promise<void> {
    const { router, first, count, written, chain, lines, contexts } = batch;
    this.#turn();
    const texts = [...contexts].filter(([digest]) => !this.#contexts.has(digest));
    await this.#journal.append({
      router,
      first,
      count,
      written: written.toISOString(),
      chain: chain.toString("base64url"),
      contexts: texts.map(([, text]) => text),
      records: lines.toString("utf8", 0, lines.length - 1).split("\n"),
    });
    for (const [digest] of texts) this.#contexts.add(digest);
    this.#turn();
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

  /** A day's file holds every context that its records point to. */
  #turn(): void {
    const day = new Date().toISOString().slice(0, 10);
    if (day !== this.#day) this.#contexts.clear();
    this.#day = day;
  }
}
