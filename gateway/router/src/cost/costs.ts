import type { DocumentNode, FieldNode } from "graphql";
import type { Filtered } from "../authorize/filtered.ts";
import { OperationCache } from "../operation-cache.ts";
import type { Operation } from "../read.ts";
import type { Supergraph } from "../supergraph/supergraph.ts";
import type { CostModel } from "./cost-model.ts";
import { OperationCost } from "./operation-cost.ts";
import { OperationValues } from "./operation-values.ts";

/** The costs of operations, each worked out once for a supergraph and forgotten with its document. */
export class Costs {
  readonly #listSize: number;
  readonly #maxValues: number;
  readonly #known = new OperationCache<OperationCost>();
  readonly #values = new OperationCache<WeakMap<ReadonlySet<FieldNode>, OperationValues>>();

  /**
   * @param listSize how long a list is taken to be that no `@listSize` speaks of
   * @param maxValues how many values an answer may be estimated to hold
   */
  constructor(listSize: number, maxValues: number) {
    this.#listSize = listSize;
    this.#maxValues = maxValues;
  }

  /** @param document the filtered one: what is not fetched costs nothing */
  of(supergraph: Supergraph, document: DocumentNode, name: string | null): OperationCost {
    return this.#known.get(
      { supergraph, document, name },
      () => new OperationCost(document, name, this.#model(supergraph)),
    );
  }

  /**
   * The values of an answer that would hold the router up, where it may bring so many: putting it together is nobody's
   * cost, but everybody waits for it. What is refused counts: an answer full of nulls is as large.
   * @throws Refusal ADMIT_SLICING_ARGUMENT
   */
  tooManyValues(
    { supergraph, name, values }: Pick<Operation, "supergraph" | "name" | "values">,
    { document, asked, refused }: Pick<Filtered, "document" | "asked" | "refused">,
  ): { readonly values: number; readonly maxValues: number } | undefined {
    if (document === undefined) return undefined;
    const known = this.#values.get({ supergraph, document: asked, name }, () => new WeakMap());
    let operation = known.get(refused);
    if (operation === undefined) {
      operation = new OperationValues(asked, name, this.#model(supergraph), refused);
      known.set(refused, operation);
    }
    const maxValues = this.#maxValues;
    const estimated = Math.ceil(operation.estimated(values));
    return estimated > maxValues ? { values: estimated, maxValues } : undefined;
  }

  #model(supergraph: Supergraph): CostModel {
    return { schema: supergraph.api, table: supergraph.costs, listSize: this.#listSize };
  }
}
