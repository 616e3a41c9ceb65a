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
  key: K;
  identity: unknown;
  /** Undefined once the value is there. */
  waiting: Waiting<V>[] | undefined;
  value: V | undefined;
}

/** Keys above this many are read by a further statement: PostgreSQL takes 65,535 parameters in one. */
const MAX_KEYS_PER_STATEMENT = 5_000;

/**
 * Reads values by key, each once: the keys asked for on one level of an answer go into one batch. It does what DataLoader
 * does with one promise for each time a key is asked for, and in no asynchronous context but that of the first asker's
 * observer. A key whose batch failed is read again when it is asked for again.
 */
export class KeyLoader<K, V> {
  readonly #entries = new Map<unknown, Entry<K, V>>();
  readonly #read: (keys: readonly K[]) => Promise<Map<K, V>>;
  readonly #missing: V;
  readonly #schedule: LevelSchedule;
  #next: Entry<K, V>[] | undefined;

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
    let entry = this.#entries.get(identity);
    if (entry === undefined) {
      entry = { key, identity, waiting: [], value: undefined };
      this.#entries.set(identity, entry);
      this.#putOnNextLevel(entry, reader);
    }
    const asked = entry;
    return new Promise((resolve, reject) => {
      const waiting = { reader, resolve, reject };
      if (asked.waiting === undefined) this.#give(asked, waiting);
      else asked.waiting.push(waiting);
    });
  }

  #putOnNextLevel(entry: Entry<K, V>, { loading }: KeyReader): void {
    if (this.#next !== undefined && this.#next.length < MAX_KEYS_PER_STATEMENT) {
      this.#next.push(entry);
      return;
    }
    const batch = [entry];
    this.#next = batch;
    this.#schedule.add(() => {
      if (this.#next === batch) this.#next = undefined;
      void observing(loading, () => this.#readBatch(batch));
    });
  }

  async #readBatch(batch: readonly Entry<K, V>[]): Promise<void> {
    let found: ReadonlyMap<unknown, V>;
    try {
      const keys = batch.map(({ key }) => key);
      const read = await this.#schedule.run(() => this.#read(keys));
      found =
        typeof keys[0] === "object"
          ? new Map([...read].map(([key, value]) => [identityOf(key), value]))
          : read;
    } catch (error) {
      for (const { identity, waiting = [] } of batch) {
        this.#entries.delete(identity);
        for (const { reject } of waiting) reject(error);
      }
      return;
    }
    for (const entry of batch) {
      const waiting = entry.waiting!;
      entry.waiting = undefined;
      entry.value = found.get(entry.identity) ?? this.#missing;
      for (const each of waiting) this.#give(entry, each);
    }
  }

  #give({ identity, value }: Entry<K, V>, { reader, resolve, reject }: Waiting<V>): void {
    try {
      reader.took(this, identity, value);
      resolve(value as V);
    } catch (error) {
      reject(error);
    }
  }
}

/** What tells keys apart. */
function identityOf(key: unknown): unknown {
  return typeof key === "object" ? JSON.stringify(key) : key;
}
