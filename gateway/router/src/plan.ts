import { Refusal } from "@truc/contracts";
import type { Branded } from "./brand.ts";
import type { Budget } from "./admit.ts";
import { OperationCache } from "./operation-cache.ts";
import type { Operation } from "./read.ts";
import type { PlanNode } from "./supergraph/planner.ts";

/** How an operation is answered: which subgraphs are asked for what, in which order. */
export type Plan = Branded<
  { readonly operation: Operation; readonly root: PlanNode | undefined },
  "Plan"
>;

const roots = new OperationCache<{ root: PlanNode | undefined }>();

/** Plans an operation, once for each document and supergraph. @throws Refusal PLAN_TOO_COMPLEX */
export function planFor({ permit: { operation } }: Budget): Plan {
  const { root } = roots.get(operation, () => ({ root: makePlan(operation) }));
  return { operation, root } as unknown as Plan;
}

function makePlan({ supergraph, document, name }: Operation): PlanNode | undefined {
  try {
    const { node } = supergraph.planner.plan(document, name);
    if (node?.kind === "Subscription") throw new Refusal("OPERATION_RESOLUTION_FAILURE");
    return node;
  } catch (error) {
    // The planner refuses what would take it too long, and recurses as deep as the operation does.
    if (error instanceof RangeError || (error instanceof Error && /limit/i.test(error.message))) {
      throw new Refusal("PLAN_TOO_COMPLEX", { cause: error });
    }
    throw error;
  }
}
