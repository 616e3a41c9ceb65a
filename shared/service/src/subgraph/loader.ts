import type { Permit } from "@truc/contracts";
import DataLoader from "dataloader";
import type { Database } from "../database/open-database.ts";
import { LevelSchedule } from "./level-schedule.ts";

/** One way of reading rows by key; a module-level constant of a register's source.ts. */
export interface Loader<K, V, A = undefined> {
  /** For errors and logs. */
  name: string;
  /**
   * Reads all keys in one statement. The permit's limits belong into its WHERE; the scopes must not matter, since
   * callers of equal limits share the answer. Object keys are told apart by their JSON text.
   */
  batch(db: Database, keys: readonly K[], permit: Permit, args: A): Promise<Map<K, V>>;
  /** What a key gets that the map does not hold: null, or an empty list. */
  missing: V;
}

/** Declares a loader; see {@link Loader}. */
export function defineLoader<K, V, A = undefined>(definition: Loader<K, V, A>): Loader<K, V, A> {
  return definition;
}

/** Keys above this many are read by a further statement: PostgreSQL takes 65,535 parameters in one. */
const MAX_KEYS_PER_STATEMENT = 5_000;

/**
 * The loaders of one HTTP request. A loader exists once for each distinct pair of limits and arguments, so that all
 * operations of a batch whose callers see the same rows share one statement, and no others do.
 */
export class LoaderSet {
  readonly #db: Database;
  readonly #schedule = new LevelSchedule();
  readonly #loaders = new Map<Loader<any, any, any>, Map<string, DataLoader<any, any, any>>>();

  constructor(db: Database) {
    this.#db = db;
  }

  get<K, V, A>(
    loader: Loader<K, V, A>,
    permit: Permit,
    limits: string,
    args: A,
  ): DataLoader<K, V, unknown> {
    let byLimits = this.#loaders.get(loader);
    if (byLimits === undefined) this.#loaders.set(loader, (byLimits = new Map()));
    const id = args === undefined ? limits : `${limits}\n${JSON.stringify(args)}`;
    let dataLoader = byLimits.get(id);
    if (dataLoader === undefined) {
      dataLoader = new DataLoader<K, V, unknown>((keys) => this.#read(loader, keys, permit, args), {
        maxBatchSize: MAX_KEYS_PER_STATEMENT,
        cacheKeyFn: identityOf,
        batchScheduleFn: this.#schedule.add,
      });
      byLimits.set(id, dataLoader);
    }
    return dataLoader;
  }

  async #read<K, V, A>(
    loader: Loader<K, V, A>,
    keys: readonly K[],
    permit: Permit,
    args: A,
  ): Promise<V[]> {
    const found = await this.#schedule.run(() => loader.batch(this.#db, keys, permit, args));
    if (typeof keys[0] !== "object") return keys.map((key) => found.get(key) ?? loader.missing);
    const byIdentity = new Map([...found].map(([key, value]) => [identityOf(key), value]));
    return keys.map((key) => byIdentity.get(identityOf(key)) ?? loader.missing);
  }
}

/** What tells keys apart. */
export function identityOf(key: unknown): unknown {
  return typeof key === "object" ? JSON.stringify(key) : key;
}
