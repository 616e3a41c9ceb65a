import type { Permit } from "@truc/contracts";
import type { GraphQLResolveInfo } from "graphql";
import { FieldInfo } from "./compiled/field-info.ts";
import { entitiesOnPath, type EntityTypes, rootOf } from "./entity-path.ts";
import type { RowLoader } from "./loader.ts";
import type { OperationReader } from "./operation-reader.ts";
import { type RowLimit, rowLimitAt } from "./row-limit.ts";

/** The rows that may be seen at one place of an operation. */
export interface Rows {
  /** For statements of a register's own, such as a search's. */
  readonly limit: RowLimit;
  /**
   * Reads one key; all keys asked for in the same HTTP request under an equal limit go into one statement.
   * @param args what the statement depends on beside keys and limit; part of the loader's identity
   */
  load<K, V>(loader: RowLoader<K, V>, key: K): Promise<V>;
  load<K, V, A>(loader: RowLoader<K, V, A>, key: K, args: A): Promise<V>;
}

/**
 * Counts on from where the router stopped: an operation's own roots are at distance 0, the representations of
 * `_entities` at the permit's distance, and every further entity below them adds 1.
 */
export class OperationRows {
  readonly #entities: EntityTypes;
  readonly #permit: Permit;
  readonly #reader: OperationReader;
  readonly #representations = new WeakSet<GraphQLResolveInfo["path"]>();
  readonly #byDistance = new Map<number, Rows>();

  constructor(entities: EntityTypes, permit: Permit, reader: OperationReader) {
    this.#entities = entities;
    this.#permit = permit;
    this.#reader = reader;
  }

  /** Notes that a root field gives representations their entities. */
  noteRepresentations({ path }: GraphQLResolveInfo): void {
    this.#representations.add(path);
  }

  at(info: GraphQLResolveInfo, hops: number): Rows {
    return this.#rows(this.distanceAt(info, hops));
  }

  /** How many relations lie between the row that the caller asked for and what a field gives. */
  distanceAt(info: GraphQLResolveInfo, hops: number): number {
    const base = this.#representations.has(rootOf(info.path)) ? this.#permit.distance : 0;
    return base + Math.max(0, this.#entitiesOn(info) - 1 + hops);
  }

  /** A compiled field knows it beforehand. */
  #entitiesOn(info: GraphQLResolveInfo): number {
    return info instanceof FieldInfo ? info.entities : entitiesOnPath(this.#entities, info);
  }

  get ofReferences(): Rows {
    return this.#rows(this.referenceDistance);
  }

  /** Where the entities of representations lie. */
  get referenceDistance(): number {
    return this.#permit.distance;
  }

  #rows(distance: number): Rows {
    let rows = this.#byDistance.get(distance);
    if (rows === undefined) {
      const limit = rowLimitAt(this.#permit, distance);
      const reader = this.#reader;
      rows = {
        limit,
        load: (loader: RowLoader<never, never, never>, key: never, args?: never) =>
          reader.loadRow(loader, limit, key, args as never),
      };
      this.#byDistance.set(distance, rows);
    }
    return rows;
  }
}
