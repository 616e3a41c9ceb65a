import { catalogueError, type Permit } from "@truc/contracts";
import DataLoader from "dataloader";
import type { Database } from "../database/open-database.ts";
import { countingOn, type DatabaseUse } from "../database/statement-count.ts";
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

function identityOf(key: unknown): unknown {
  return typeof key === "object" ? JSON.stringify(key) : key;
}

/** What decides which rows a permit's bearer sees: equal texts see the same rows. */
function limitsOf(permit: Permit): string {
  const { limits, pins, self, distance } = permit;
  return JSON.stringify([
    limits.provinces === undefined ? null : limits.provinces.toSorted(),
    limits.subjects,
    limits.search,
    limits.linked,
    pins === undefined ? null : pins.toSorted(),
    self ?? null,
    distance,
  ]);
}

/**
 * Rows an operation may be given in all, counted every time it is given them: relations that lead back to each other
 * multiply few rows into an answer that no memory holds. A full batch of 500 keys with every field stays below.
 */
const MAX_ROWS_GIVEN = 30_000;

/** Reads one key for one operation and counts the entity rows it got, once each. */
export class OperationReader {
  readonly use: DatabaseUse = { statements: 0, rows: 0 };
  #given = 0;
  readonly #loaders: LoaderSet;
  readonly #permit: Permit;
  readonly #limits: string;
  /** A loader's statement counts for the operation that asked first; its rows for every operation that gets them. */
  readonly #statementsOnly: DatabaseUse;
  readonly #counted = new Map<DataLoader<any, any, any>, Set<unknown>>();

  constructor(loaders: LoaderSet, permit: Permit) {
    this.#loaders = loaders;
    this.#permit = permit;
    this.#limits = limitsOf(permit);
    const { use } = this;
    this.#statementsOnly = {
      get statements() {
        return use.statements;
      },
      set statements(count) {
        use.statements = count;
      },
      rows: 0,
    };
  }

  /** Whether more was asked for than an operation is given. Its answer is then worth nothing. */
  get exhausted(): boolean {
    return this.#given > MAX_ROWS_GIVEN;
  }

  /** @throws GraphQLError ANSWER_TOO_LARGE */
  async load<K, V, A>(loader: Loader<K, V, A>, key: K, args: A): Promise<V> {
    if (this.exhausted) throw catalogueError("ANSWER_TOO_LARGE");
    const dataLoader = this.#loaders.get(loader, this.#permit, this.#limits, args);
    const value = await countingOn(this.#statementsOnly, () => dataLoader.load(key));
    const rows = Array.isArray(value) ? value.length : value == null ? 0 : 1;
    this.#given += rows;
    if (this.exhausted) throw catalogueError("ANSWER_TOO_LARGE");
    let counted = this.#counted.get(dataLoader);
    if (counted === undefined) this.#counted.set(dataLoader, (counted = new Set()));
    const identity = identityOf(key);
    if (!counted.has(identity)) {
      counted.add(identity);
      this.use.rows += rows;
    }
    return value;
  }
}
