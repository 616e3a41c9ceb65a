import type { Database } from "../database/open-database.ts";
import type { AskedFields } from "./asked-fields.ts";
import { KeyLoader } from "./key-loader.ts";
import { LevelSchedule } from "./level-schedule.ts";
import { identityOfLimit, type RowLimit } from "./row-limit.ts";

interface LoaderCommon<V> {
  /** For errors and logs. */
  name: string;
  /** What a key gets that the map does not hold: null, or an empty list. */
  missing: V;
}

/**
 * One way of reading parts of records that are visible already, by key: edges, addresses, dates. No limits apply to
 * them, so their keys must be taken from rows that have been let through, never from an argument, unless what they give
 * is public. A module-level constant of a register's source.ts.
 */
export interface Loader<K, V, A = undefined> extends LoaderCommon<V> {
  readonly kind: "parts";
  /**
   * Reads all keys in one statement. Object keys are told apart by their JSON text.
   * @param asked what the rows are read for, everything if undefined: see defineColumns
   */
  batch(db: Database, keys: readonly K[], args: A, asked?: AskedFields): Promise<Map<K, V>>;
}

/** One way of reading rows that limits apply to, by key; loaded only through {@link SubgraphContext.rows}. */
export interface RowLoader<K, V, A = undefined> extends LoaderCommon<V> {
  readonly kind: "rows";
  /**
   * Reads all keys in one statement. The limit belongs into its WHERE, so that rows outside of it never leave the
   * database: see withinProvinces and withinPins.
   * @param asked what the rows are read for, everything if undefined: see defineColumns
   */
  batch(
    db: Database,
    keys: readonly K[],
    limit: RowLimit,
    args: A,
    asked?: AskedFields,
  ): Promise<Map<K, V>>;
}

export type AnyLoader<K, V, A> = Loader<K, V, A> | RowLoader<K, V, A>;

/** Declares a loader of parts; see {@link Loader}. */
export function defineLoader<K, V, A = undefined>(
  definition: Omit<Loader<K, V, A>, "kind">,
): Loader<K, V, A> {
  return { ...definition, kind: "parts" };
}

/** Declares a loader of rows; see {@link RowLoader}. */
export function defineRowLoader<K, V, A = undefined>(
  definition: Omit<RowLoader<K, V, A>, "kind">,
): RowLoader<K, V, A> {
  return { ...definition, kind: "rows" };
}

/**
 * The loaders of one HTTP request. A loader of rows exists once for each distinct pair of limit and arguments, so that
 * all operations of a batch whose callers see the same rows share one statement, and no others do. What a record's
 * parts are does not depend on who reads it: a loader of parts exists once for each distinct arguments.
 */
export class LoaderSet {
  readonly #db: Database;
  readonly #asked: AskedFields;
  readonly #schedule = new LevelSchedule();
  /** By loader, limit and arguments. */
  readonly #loaders = new Map<object, Map<string, Map<string, KeyLoader<any, any>>>>();

  constructor(db: Database, asked: AskedFields) {
    this.#db = db;
    this.#asked = asked;
  }

  /** As new: of the same request, with nothing read. */
  anew(): LoaderSet {
    return new LoaderSet(this.#db, this.#asked);
  }

  parts<K, V, A>(loader: Loader<K, V, A>, args: A): KeyLoader<K, V> {
    return this.#get(loader, "", args, (keys) => loader.batch(this.#db, keys, args, this.#asked));
  }

  rows<K, V, A>(loader: RowLoader<K, V, A>, limit: RowLimit, args: A): KeyLoader<K, V> {
    return this.#get(loader, identityOfLimit(limit), args, (keys) =>
      loader.batch(this.#db, keys, limit, args, this.#asked),
    );
  }

  #get<K, V>(
    loader: AnyLoader<K, V, any>,
    limit: string,
    args: unknown,
    batch: (keys: readonly K[]) => Promise<Map<K, V>>,
  ): KeyLoader<K, V> {
    let byLimit = this.#loaders.get(loader);
    if (byLimit === undefined) this.#loaders.set(loader, (byLimit = new Map()));
    let byArguments = byLimit.get(limit);
    if (byArguments === undefined) byLimit.set(limit, (byArguments = new Map()));
    const identity = args === undefined ? "" : JSON.stringify(args);
    let keyLoader = byArguments.get(identity);
    if (keyLoader === undefined) {
      keyLoader = new KeyLoader<K, V>(this.#schedule, loader.missing, batch);
      byArguments.set(identity, keyLoader);
    }
    return keyLoader;
  }
}
