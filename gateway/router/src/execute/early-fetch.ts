import { GraphQLError } from "graphql";
import { valueOf } from "../splice/piece.ts";
import type { AskedFetch, FetchOutcome } from "./asked-fetch.ts";
import type { EarlyEntity, EarlyKey } from "./early-key.ts";
import { emptyMap, isMap, type ResultMap } from "./merge.ts";
import type { Run } from "./run.ts";

/** An entity that was asked for before the answer had come from which its key was to be taken. */
export class EarlyFetch {
  readonly #entity: EarlyEntity;
  readonly #outcome: Promise<{ outcome: FetchOutcome } | { fault: unknown }>;

  private constructor(entity: EarlyEntity, outcome: Promise<FetchOutcome>) {
    this.#entity = entity;
    // It may fail long before anybody looks.
    this.#outcome = outcome.then(
      (each) => ({ outcome: each }),
      (fault: unknown) => ({ fault }),
    );
  }

  /** @returns undefined where it must not be asked for yet */
  static begin(run: Run, key: EarlyKey, fetch: AskedFetch): EarlyFetch | undefined {
    const entity = key.entityFor(run);
    if (entity === undefined) return undefined;
    return new EarlyFetch(entity, fetch.ask(run, { text: `[${entity.text}]`, count: 1 }));
  }

  /** The representation by which it was asked for. */
  get text(): string {
    return this.#entity.text;
  }

  /** What has come of it, as if it had been asked for now. @throws what is no failure of the subgraph's */
  async outcome(): Promise<FetchOutcome> {
    const settled = await this.#outcome;
    if ("fault" in settled) throw settled.fault;
    return settled.outcome;
  }

  /**
   * What it brought, where that is not wanted: it is in nobody's answer, but was read.
   * @returns a root under which it stands as it would in the answer; undefined where it brought nothing
   */
  async discarded(): Promise<ResultMap | undefined> {
    const settled = await this.#outcome;
    if ("fault" in settled || settled.outcome instanceof GraphQLError) return undefined;
    const { data } = settled.outcome;
    const entities = isMap(data) ? data["_entities"] : undefined;
    const entity = Array.isArray(entities) ? valueOf(entities[0]) : undefined;
    if (!isMap(entity)) return undefined;
    const { key, known } = this.#entity;
    const root = emptyMap();
    root[key] = Object.assign(emptyMap(), entity, known);
    return root;
  }
}
