import { setImmediate as nextTurn } from "node:timers/promises";
import type { ApolloServer } from "@apollo/server";
import { Refusal } from "@truc/contracts";
import type { Logger } from "pino";
import { filteredFor } from "../authorize/filtered.ts";
import type { Costs } from "../cost/costs.ts";
import { prepare } from "../plan.ts";
import { conditionVariables } from "../plan/conditions.ts";
import type { Operation, ReadContext } from "../read.ts";
import type { Digests } from "../record/digests.ts";
import type { RegistryFeed } from "../registry/registry-feed.ts";
import type { Federation } from "../supergraph/federation.ts";
import type { DocumentLimits } from "./document-limits.ts";
import type { KnownOperations } from "./known-operations.ts";
import type { AllowedOperation, RegisteredOperations } from "./registered-operations.ts";

/** Conditions that are tried out in every combination; an operation with more is planned without them. */
const MAX_CONDITIONS = 4;

interface House {
  apollo: ApolloServer<ReadContext>;
  costs: Costs;
  digests: Digests;
  federation: Federation;
  known: KnownOperations;
  limits: DocumentLimits;
  log: Logger;
  registered: RegisteredOperations;
}

/**
 * Reads, filters and plans registered operations before anybody asks, on the way requests take, so that the first
 * caller finds everything there. One that no longer fits the schema is logged and skipped.
 */
export class PlanAhead {
  readonly #house: House;
  readonly #unfollow: (() => void)[];
  #running: Promise<void> | undefined;
  #again = false;
  #finished = false;
  #stopped = false;

  /** @param registry tells of every revision, the first one included */
  constructor(house: House, registry: Pick<RegistryFeed, "follow">) {
    this.#house = house;
    this.#unfollow = [house.federation, registry].map((source) =>
      source.follow(() => void this.run()),
    );
  }

  /** Whether all that was registered when the router first heard of the registry has been gone through. */
  get finished(): boolean {
    return this.#finished;
  }

  /** Goes through all that is registered now; what is known already costs next to nothing. Never rejects. */
  async run(): Promise<void> {
    this.#again = true;
    this.#running ??= this.#go();
    await this.#running;
  }

  /** Resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const unfollow of this.#unfollow) unfollow();
    await this.#running;
  }

  async #go(): Promise<void> {
    while (this.#again && !this.#stopped) {
      this.#again = false;
      // Whoever told of the change has others to tell, Apollo Server among them.
      await nextTurn();
      const operations = this.#registered();
      for (const operation of operations ?? []) {
        if (this.#stopped) break;
        await this.#plan(operation);
        // Requests go first.
        await nextTurn();
      }
      this.#finished ||= operations !== undefined;
    }
    this.#running = undefined;
  }

  /** Undefined while the registry is not known. */
  #registered(): readonly AllowedOperation[] | undefined {
    try {
      return [...this.#house.registered.all()];
    } catch (error) {
      if (error instanceof Refusal) return undefined;
      throw error;
    }
  }

  async #plan({ hash, name, text, held }: AllowedOperation): Promise<void> {
    const { apollo, costs, digests, federation, known, limits, log } = this.#house;
    const failures: unknown[] = [];
    const contextValue: ReadContext = {
      request: undefined,
      variables: "open",
      federation,
      digests,
      known,
      failures,
      answer: async (operation: Operation) => {
        for (const each of underEveryCondition(operation)) {
          const filtered = filteredFor(each, held);
          if (filtered.document === undefined) continue;
          costs.of(each.supergraph, filtered.document, each.name);
          prepare(each, filtered, held);
        }
        return await Promise.resolve({ data: null });
      },
    };
    try {
      limits.check(text);
      const { body } = await apollo.executeOperation({ query: text }, { contextValue });
      if (failures.length > 0) throw failures[0];
      const error = body.kind === "single" ? body.singleResult.errors?.[0] : undefined;
      if (error !== undefined) throw new Error(error.message);
    } catch (error) {
      const reason =
        error instanceof Refusal ? error.code : error instanceof Error ? error.message : "";
      log.warn({ hash, name, reason }, "a registered operation cannot be planned");
    }
  }
}

/** The operation once for each way its `@skip` and `@include` can turn out: each has a plan of its own. */
function underEveryCondition(operation: Operation): Operation[] {
  const variables = conditionVariables(operation.document) ?? [];
  const tried = variables.length > MAX_CONDITIONS ? [] : variables;
  return Array.from({ length: 2 ** tried.length }, (_, ways) => ({
    ...operation,
    values: Object.fromEntries(tried.map((name, index) => [name, (ways & (1 << index)) !== 0])),
  }));
}
