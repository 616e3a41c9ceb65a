import { catalogueError } from "@truc/contracts";
import type { GraphQLError } from "graphql";
import type { DatabaseUse, StatementObserver } from "../database/statement-count.ts";
import type { KeyLoader, KeyReader } from "./key-loader.ts";
import type { Loader, LoaderSet, RowLoader } from "./loader.ts";
import type { RowLimit } from "./row-limit.ts";

/**
 * Rows an operation may be given in all, counted every time it is given them: relations that lead back to each other
 * multiply few rows into an answer that no memory holds. A full batch of 500 keys with every field stays below.
 */
const MAX_ROWS_GIVEN = 30_000;
/** Keys an operation may ask for, found or not: a full batch under a few hundred names would ask for more. */
const MAX_KEYS_ASKED = 60_000;
/** Statements an operation may make beside those of loaders: a search or a list under each of many names. */
const MAX_OWN_STATEMENTS = 300;

/**
 * Reads one key after the other for one operation, counts the entity rows it got, once each, and ends the operation that
 * has had its share. From then on nothing of it is read any more, and all that still asks gets one and the same error.
 */
export class OperationReader implements KeyReader {
  readonly use: DatabaseUse = { statements: 0, rows: 0 };
  /** Resolves when the operation has had its share; never, for nearly all. */
  readonly spent: Promise<void>;
  /** Told of the statements that the operation makes itself, outside of loaders. */
  readonly own: StatementObserver;
  #refusal: GraphQLError | undefined;
  #given = 0;
  #asked = 0;
  #prepared = 0;
  #end: () => void = () => {};
  /** One promise for all loads refused, so that a hundred thousand of them cost next to nothing. */
  #refused: Promise<never> | undefined;
  #loaders: LoaderSet;
  /** A loader's statement counts for the operation that asked first; its rows for every operation that gets them. */
  readonly loading: StatementObserver;
  readonly #counted = new Map<object, Set<unknown>>();

  constructor(loaders: LoaderSet) {
    this.#loaders = loaders;
    this.spent = new Promise((resolve) => (this.#end = resolve));
    const answered = (): void => void this.use.statements++;
    this.loading = { repeats: true, answered, rows: () => {} };
    this.own = {
      // Those refused come by here too, unsent.
      answered: () => void (this.#refusal === undefined && answered()),
      prepared: () => {
        if (++this.#prepared > MAX_OWN_STATEMENTS) this.#spend();
        this.#check();
      },
      sending: () => this.#check(),
      rows: (count) => {
        this.use.rows += count;
        this.#give(count);
      },
    };
  }

  /** What everything of the operation gets that asks after it has had its share. Its answer is then worth nothing. */
  get refusal(): GraphQLError | undefined {
    return this.#refusal;
  }

  /** The same as a promise that rejects with it. */
  get refused(): Promise<never> | undefined {
    return this.#refused;
  }

  /** Rejects with GraphQLError ANSWER_TOO_LARGE when the operation has had its share. */
  load<K, V, A>(loader: Loader<K, V, A>, key: K, args: A): Promise<V> {
    return this.#ask(this.#loaders.parts(loader, args), key);
  }

  /** As {@link load}, of rows that a limit applies to. */
  loadRow<K, V, A>(loader: RowLoader<K, V, A>, limit: RowLimit, key: K, args: A): Promise<V> {
    return this.#ask(this.#loaders.rows(loader, limit, args), key);
  }

  /** Reads through other loaders from now on: what was read before a mutation no longer holds after it. */
  readAnew(): void {
    this.#loaders = this.#loaders.anew();
  }

  took(loader: object, identity: unknown, value: unknown): void {
    const rows = Array.isArray(value) ? value.length : value == null ? 0 : 1;
    this.#give(rows);
    this.#check();
    let counted = this.#counted.get(loader);
    if (counted === undefined) this.#counted.set(loader, (counted = new Set()));
    if (counted.has(identity)) return;
    counted.add(identity);
    this.use.rows += rows;
  }

  #ask<K, V>(loader: KeyLoader<K, V>, key: K): Promise<V> {
    if (++this.#asked > MAX_KEYS_ASKED) this.#spend();
    return this.#refused ?? loader.load(key, this);
  }

  #give(rows: number): void {
    this.#given += rows;
    if (this.#given > MAX_ROWS_GIVEN) this.#spend();
  }

  #check(): void {
    if (this.#refusal !== undefined) throw this.#refusal;
  }

  #spend(): void {
    if (this.#refusal !== undefined) return;
    // graphql-js makes an error of its own for each field that fails, unless the error has a path already.
    this.#refusal = catalogueError("ANSWER_TOO_LARGE", { path: [] });
    this.#refused = Promise.reject(this.#refusal);
    this.#refused.catch(() => {});
    this.#end();
  }
}
