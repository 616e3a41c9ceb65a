import { Refusal } from "@truc/contracts";
import type { Branded } from "./brand.ts";
import type { Budget } from "./admit.ts";
import { OperationCache } from "./operation-cache.ts";
import type { Operation } from "./read.ts";
import { keepApart, type Apart } from "./plan/keep-apart.ts";
import type { PlanNode } from "./supergraph/planner.ts";

/** How an operation is answered: which subgraphs are asked for what, in which order. */
export type Plan = Branded<{ readonly operation: Operation } & Fetches, "Plan">;

interface Fetches {
  readonly root: PlanNode | undefined;
  /** How the fetches' response keys differ from the caller's. */
  readonly apart: Apart | undefined;
}

const plans = new OperationCache<Fetches>();

/** Plans an operation, once for each document and supergraph. @throws Refusal PLAN_TOO_COMPLEX */
export function planFor({ permit: { operation } }: Budget): Plan {
  const fetches = plans.get(operation, () => makePlan(operation));
  return { operation, ...fetches } as unknown as Plan;
}

function makePlan({ supergraph, document, name }: Operation): Fetches {
  try {
    const kept = keepApart(document, supergraph.contested);
    const { node } = supergraph.planner.plan(kept?.document ?? document, name);
    if (node?.kind === "Subscription") throw new Refusal("OPERATION_RESOLUTION_FAILURE");
    return { root: node, apart: kept?.apart };
  } catch (error) {
    // The planner refuses what would take it too long, and recurses as deep as the operation does.
    if (error instanceof RangeError || (error instanceof Error && /limit/i.test(error.message))) {
      throw new Refusal("PLAN_TOO_COMPLEX", { cause: error });
    }
    throw error;
  }
}
