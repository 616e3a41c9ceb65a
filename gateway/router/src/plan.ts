import { Refusal } from "@truc/contracts";
import type { Branded } from "./brand.ts";
import type { Budget } from "./admit.ts";
import type { Filtered } from "./authorize/filtered.ts";
import { scopeKey } from "./authorize/filter/scope-key.ts";
import { OperationCache, type OperationKey } from "./operation-cache.ts";
import type { Operation } from "./read.ts";
import { fetchedCoordinates, holdFetches, type FetchedCoordinate } from "./plan/hold-fetches.ts";
import { keepApart, type Apart } from "./plan/keep-apart.ts";
import type { PlanNode } from "./supergraph/planner.ts";
import type { Supergraph } from "./supergraph/supergraph.ts";

/** How what is left of an operation is answered: which subgraphs are asked for what, in which order. */
export type Plan = Branded<
  { readonly operation: Operation; readonly filtered: Filtered } & Pick<Fetches, "root" | "apart">,
  "Plan"
>;

interface Fetches {
  /** Undefined when nothing is to be fetched. */
  readonly root: PlanNode | undefined;
  /** How the fetches' response keys differ from the caller's. */
  readonly apart: Apart | undefined;
  /** What the fetches read that not everybody may. */
  readonly fetched: readonly FetchedCoordinate[];
  /** Sets of scopes that this was held against and found covered. */
  readonly held: Set<string>;
}

/** Scope sets remembered for one plan. */
const MAX_SCOPE_SETS = 100;

const plans = new OperationCache<Fetches>();

/**
 * Plans what is left of an operation, once for each filtered document and supergraph, and holds every fetch against
 * the caller's scopes before any is made.
 * @throws Refusal PLAN_TOO_COMPLEX; Error where a fetch would read what the caller may not
 */
export function planFor({ permit: { operation, filtered, rights } }: Budget): Plan {
  const { supergraph, name } = operation;
  const { document } = filtered;
  if (document === undefined)
    return { operation, filtered, root: undefined, apart: undefined } as unknown as Plan;
  const key = { supergraph, document, name };
  const fetches = plans.get(key, () => makePlan(key));
  hold(fetches, supergraph, rights.scopes);
  const { root, apart } = fetches;
  return { operation, filtered, root, apart } as unknown as Plan;
}

function hold(
  { fetched, held }: Fetches,
  { access }: Supergraph,
  scopes: ReadonlySet<string>,
): void {
  if (fetched.length === 0) return;
  const key = scopeKey(access, scopes);
  if (held.has(key)) return;
  holdFetches(fetched, scopes);
  if (held.size >= MAX_SCOPE_SETS) held.clear();
  held.add(key);
}

function makePlan({ supergraph, document, name }: OperationKey): Fetches {
  try {
    const kept = keepApart(document, supergraph);
    const { node } = supergraph.planner.plan(kept?.document ?? document, name);
    if (node?.kind === "Subscription") throw new Refusal("OPERATION_RESOLUTION_FAILURE");
    return {
      root: node,
      apart: kept?.apart,
      fetched: fetchedCoordinates(node, supergraph),
      held: new Set(),
    };
  } catch (error) {
    // The planner refuses what would take it too long, and recurses as deep as the operation does.
    if (error instanceof RangeError || (error instanceof Error && /limit/i.test(error.message))) {
      throw new Refusal("PLAN_TOO_COMPLEX", { cause: error });
    }
    throw error;
  }
}
