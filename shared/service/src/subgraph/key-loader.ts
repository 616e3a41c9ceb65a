import { observing, type StatementObserver } from "../database/statement-count.ts";
import type { LevelSchedule } from "./level-schedule.ts";

/** Who asks for keys. */
export interface KeyReader {
  /** Told of the statement of a batch that it asked for first. */
  readonly loading: StatementObserver;
  /**
   * Told of each value before it gets it.
   * @throws what it gets in the value's place
   */
  took(loader: object, identity: unknown, value: unknown): void;
}

interface Waiting<V> {
  reader: KeyReader;
  resolve: (value: V) => void;
  reject: (error: unknown) => void;
}

interface Entry<K, V> {
  readonly key: K;
  readonly identity: unknown;
  /** The one it is read by. */
  readonly batch: Batch<K, V>;
  readonly waiting: Waiting<V>[];
  /** What came of it, once its batch is done. */
  outcome: { value: V } | { error: unknown } | undefined;
}

interface Batch<K, V> {
  readonly entries: Entry<K, V>[];
  /** Who asked meanwhile for what an earlier batch reads. */
  readonly later: { entry: Entry<K, V>; waiting: Waiting<V> }[];
}

/** Keys above this many are read by a further statement: PostgreSQL takes 65,535 parameters in one. */
const MAX_KEYS_PER_STATEMENT = 5_000;

/**
 * Reads values by key, each once: the keys asked for on one level of an answer go into one batch. It does what DataLoader
 * does with one promise for each time a key is asked for, and in no asynchronous context but that of the first asker's
 * observer. What has been read before is given with the next batch all the same: whoever gets it must not run ahead of its
 * neighbours and ask on a level of its own. A key whose batch failed is read again when it is asked for again.
 */
export class KeyLoader<K, V> {
  readonly #entries = new Map<unknown, Entry<K, V>>();
  readonly #read: (keys: readonly K[]) => Promise<Map<K, V>>;
  readonly #missing: V;
  readonly #schedule: LevelSchedule;
  #next: Batch<K, V> | undefined;

  /** @param missing what a key gets that the map does not hold */
  constructor(
    schedule: LevelSchedule,
    missing: V,
    read: (keys: readonly K[]) => Promise<Map<K, V>>,
  ) {
    this.#schedule = schedule;
    this.#missing = missing;
    this.#read = read;
  }

  load(key: K, reader: KeyReader): Promise<V> {
    if (key === null || key === undefined)
      return Promise.reject(new TypeError("a loader is asked for a key, not for nothing"));
    const identity = identityOf(key);
    const batch = this.#nextBatch(reader);
    let entry = this.#entries.get(identity);
    if (entry === undefined) {
      entry = { key, identity, batch, waiting: [], outcome: undefined };
      this.#entries.set(identity, entry);
      batch.entries.push(entry);
    }
    const asked = entry;
    return new Promise((resolve, reject) => {
      const waiting = { reader, resolve, reject };
      if (asked.batch === batch) asked.waiting.push(waiting);
      else batch.later.push({ entry: asked, waiting });
    });
  }

  #nextBatch({ loading }: KeyReader): Batch<K, V> {
    if (this.#next !== undefined && this.#next.entries.length < MAX_KEYS_PER_STATEMENT)
      return this.#next;
    const batch: Batch<K, V> = { entries: [], later: [] };
    this.#next = batch;
    this.#schedule.add(() => {
      if (this.#next === batch) this.#next = undefined;
      void observing(loading, () => this.#readBatch(batch));
    });
    return batch;
  }

  async #readBatch({ entries, later }: Batch<K, V>): Promise<void> {
    if (entries.length > 0) await this.#readEntries(entries);
    for (const { entry, waiting } of later) {
      // Of two batches of one level, the other one may still be read.
      if (entry.outcome === undefined) entry.waiting.push(waiting);
      else this.#give(entry, waiting);
    }
    for (const entry of entries) for (const waiting of entry.waiting) this.#give(entry, waiting);
  }

  async #readEntries(entries: readonly Entry<K, V>[]): Promise<void> {
    try {
      const keys = entries.map(({ key }) => key);
      const read = await this.#schedule.run(() => this.#read(keys));
      const found: ReadonlyMap<unknown, V> =
        typeof keys[0] === "object"
          ? new Map([...read].map(([key, value]) => [identityOf(key), value]))
          : read;
      for (const entry of entries)
        entry.outcome = { value: found.get(entry.identity) ?? this.#missing };
    } catch (error) {
      for (const entry of entries) {
        entry.outcome = { error };
        this.#entries.delete(entry.identity);
      }
    }
  }

  #give({ identity, outcome }: Entry<K, V>, { reader, resolve, reject }: Waiting<V>): void {
    try {
      if ("error" in outcome!) throw outcome.error;
      reader.took(this, identity, outcome!.value);
      resolve(outcome!.value);
    } catch (error) {
      reject(error);
    }
  }
}

/** What tells keys apart. */
function identityOf(key: unknown): unknown {
  return typeof key === "object" ? JSON.stringify(key) : key;
}
