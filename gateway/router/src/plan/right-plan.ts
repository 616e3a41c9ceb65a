import { Refusal } from "@truc/contracts";
import type { PlanNode, QueryPlan } from "../supergraph/planner.ts";
import type { Supergraph } from "../supergraph/supergraph.ts";
import { asksStandIns } from "./asks-stand-ins.ts";
import { asksSubgraphs } from "./asks-subgraphs.ts";
import { inSubgraphs } from "./in-subgraphs.ts";
import { misplaced } from "./misplaced.ts";
import { leftOut, type Rehearsed } from "./rehearsal.ts";
import { writtenOut } from "./written-out.ts";

type Planners = Pick<
  Supergraph,
  "planner" | "separatePlanners" | "foreign" | "ownTypes" | "agreedTypes" | "standInFields"
>;

/**
 * A plan for what is asked; where planning it would take too long, for the same written out for each type of object.
 * @returns undefined when nothing is to be fetched
 * @throws RangeError, or Refusal PLAN_TOO_COMPLEX or PLAN_FAILED
 */
export function rightPlan(asked: Rehearsed, supergraph: Planners): PlanNode | undefined {
  try {
    return planOf(asked, asked, supergraph);
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== "PLAN_TOO_COMPLEX") throw error;
    const { schema, api } = supergraph.planner;
    const document = writtenOut(asked.document, asked.name, asked.whole ? schema : api);
    if (document === undefined) throw error;
    return planOf({ ...asked, document }, asked, supergraph);
  }
}

/**
 * The planner's plan. Where that asks a subgraph for what it cannot tell, leaves something out, or there is none, a plan that
 * is made with every computed field in a subgraph of its own; what is wrong even then is refused. Wrong is also a plan to
 * fetch nothing for something: of an interface that no type implements the planner knows no way to anything. What it would
 * never come to an end with, it is not asked at all.
 * @param asked what the plan is held against: what is planned, as it was asked
 */
function planOf(
  { document, name, whole }: Rehearsed,
  asked: Rehearsed,
  supergraph: Planners,
): PlanNode | undefined {
  const { planner, separatePlanners } = supergraph;
  const asks = asksSubgraphs(asked.document, name);
  const first = (): QueryPlan["node"] => planner.plan(document, name, whole).node;
  const attempts = [
    ...(asksStandIns(document, supergraph) ? [] : [first]),
    ...separatePlanners.map((plan) => () => inSubgraphs(plan(document, name, whole))),
  ];
  let second: PlanNode | undefined;
  let wrong: Refusal | undefined;
  for (const attempt of attempts)
    try {
      const node = checked(attempt, supergraph);
      if (node === undefined && asks) throw new Refusal("PLAN_FAILED");
      if (leftOut(node, asked, supergraph) === undefined) return node;
      // What is gone through on paper may be too careful; what asks nothing wrong is no worse than it was.
      second ??= node;
    } catch (error) {
      const isFailure = error instanceof Refusal && error.code === "PLAN_FAILED";
      if (!isFailure && second === undefined) throw error;
      // What the planner itself did wrong says most.
      if (isFailure) wrong ??= error;
    }
  if (second !== undefined) return second;
  throw wrong;
}

/** @throws RangeError; Refusal PLAN_TOO_COMPLEX; PLAN_FAILED where none is made, or where it asks what cannot be told */
function checked(plan: () => QueryPlan["node"], supergraph: Planners): PlanNode | undefined {
  const node = made(plan);
  if (node?.kind === "Subscription") throw new Refusal("OPERATION_RESOLUTION_FAILURE");
  const coordinate = misplaced(node, supergraph);
  if (coordinate === undefined) return node;
  const isSeen = supergraph.planner.isSeen(coordinate);
  throw new Refusal("PLAN_FAILED", { extensions: isSeen ? { coordinate } : {} });
}

function made<Node>(plan: () => Node): Node {
  try {
    return plan();
  } catch (error) {
    if (error instanceof RangeError) throw error;
    // It refuses what would take it too long.
    const isLimit = error instanceof Error && /limit/i.test(error.message);
    // Some chains of fields that are computed of each other it cannot plan; what it says then holds parts of the operation.
    throw new Refusal(isLimit ? "PLAN_TOO_COMPLEX" : "PLAN_FAILED", { cause: error });
  }
}
