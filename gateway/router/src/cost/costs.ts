import type { DocumentNode } from "graphql";
import { OperationCache } from "../operation-cache.ts";
import type { ServedSupergraph } from "../supergraph/supergraph.ts";
import { OperationCost } from "./operation-cost.ts";

/** The costs of operations, each worked out once for a supergraph and forgotten with its document. */
export class Costs {
  readonly #listSize: number;
  readonly #known = new OperationCache<OperationCost>();

  /** @param listSize how long a list is taken to be that no `@listSize` speaks of */
  constructor(listSize: number) {
    this.#listSize = listSize;
  }

  /** @param document the filtered one: what is not fetched costs nothing */
  of(supergraph: ServedSupergraph, document: DocumentNode, name: string | null): OperationCost {
    return this.#known.get(
      { supergraph, document, name },
      () =>
        new OperationCost(document, name, {
          schema: supergraph.api,
          table: supergraph.costs,
          listSize: this.#listSize,
        }),
    );
  }
}
