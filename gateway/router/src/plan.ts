import { Refusal } from "@truc/contracts";
import type { DocumentNode } from "graphql";
import { LRUCache } from "lru-cache";
import type { Branded } from "./brand.ts";
import type { Budget } from "./admit.ts";
import type { Filtered } from "./authorize/filtered.ts";
import type { GuardedRead } from "./authorize/filter/field-guards.ts";
import { heldBy, heldKey, type Held } from "./authorize/filter/held.ts";
import { compileSteps } from "./execute/plan-steps.ts";
import type { Step } from "./execute/run.ts";
import { OperationCache, type OperationKey } from "./operation-cache.ts";
import type { Operation } from "./read.ts";
import { conditionVariables, underConditions } from "./plan/conditions.ts";
import { askSubjects, hideableSubjects, type AskedSubjects } from "./plan/ask-subjects.ts";
import { fetchedCoordinates, holdFetches } from "./plan/hold-fetches.ts";
import { keepApart, type Apart } from "./plan/keep-apart.ts";
import { rightPlan } from "./plan/right-plan.ts";
import { tellTypes } from "./plan/tell-types.ts";
import { withoutImpossible } from "./plan/without-impossible.ts";
import { answerReader } from "./splice/answer-reader.ts";
import type { PlanNode } from "./supergraph/planner.ts";
import type { Supergraph } from "./supergraph/supergraph.ts";

/** How what is left of an operation is answered: which subgraphs are asked for what, in which order. */
export type Plan = Branded<
  { readonly operation: Operation; readonly filtered: Filtered } & Pick<
    Fetches,
    "root" | "steps" | "apart" | "subjects"
  >,
  "Plan"
>;

interface Fetches {
  /** Undefined when nothing is to be fetched. */
  readonly root: PlanNode | undefined;
  /** The same, compiled. */
  readonly steps: Step | undefined;
  /** How the fetches' response keys differ from the caller's. */
  readonly apart: Apart | undefined;
  /** The document that was planned, which asks whose data is read as well; undefined when nothing is to be fetched. */
  readonly subjects: AskedSubjects | undefined;
  /** What the fetches read that not everybody may. */
  readonly fetched: readonly GuardedRead[];
  /** Keys of what callers hold that this was held against and found covered. */
  readonly held: Set<string>;
}

/** Different holdings remembered for one plan. */
const MAX_HELD = 100;
/** Plans remembered for one supergraph that depend on variables: a document may have very many. */
const MAX_CONDITIONAL_PLANS = 2_000;

/** With more variables than this, only what one set of values leaves is planned ahead. */
const MAX_CONDITIONS_AHEAD = 3;

/** The plans of one document. */
interface Plans {
  readonly key: OperationKey;
  /** The variables its conditions depend on; undefined where it has no conditions. */
  readonly conditions: readonly string[] | undefined;
  /** Its place among documents with conditions. */
  readonly number: number;
  /** Types whose objects are asked whose they are if the caller may know that there are any. */
  readonly hideable: readonly string[];
  /** The plans, where there are no conditions, by which of these types are hidden. */
  readonly only: Map<string, Planned>;
}

/** What planning came to: to find once more that there is no plan takes as long as it did. */
type Planned = Fetches | Refusal;

const plans = new OperationCache<Plans>();
const conditional = new WeakMap<Supergraph, LRUCache<string, Planned>>();
let documents = 0;

/**
 * Plans what is left of an operation, once for each filtered document, supergraph and values of its conditions, and
 * holds every fetch against what is open to the caller before any is made.
 * @throws Refusal PLAN_TOO_COMPLEX or PLAN_FAILED; Error where a fetch would read what the caller may not
 */
export function planFor({ permit: { operation, filtered, rights } }: Budget): Plan {
  const { supergraph, values } = operation;
  if (filtered.document === undefined) {
    const nothing = { root: undefined, steps: undefined, apart: undefined, subjects: undefined };
    return { operation, filtered, ...nothing } as unknown as Plan;
  }
  const document = plansOf(operation, filtered.document);
  const fetches = fetchesFor(document, values, filtered.hidden);
  hold(fetches, supergraph, heldBy(rights));
  const { root, steps, apart, subjects } = fetches;
  return { operation, filtered, root, steps, apart, subjects } as unknown as Plan;
}

/**
 * The same before there is a request: what is planned here is found by planFor. Where conditions depend on few
 * variables, it is planned for each of their values.
 * @throws as planFor
 */
export function prepare(operation: Operation, filtered: Filtered, held: Held): void {
  const { supergraph, values } = operation;
  if (filtered.document === undefined) return;
  const document = plansOf(operation, filtered.document);
  const variables = document.conditions ?? [];
  const cases =
    variables.length > MAX_CONDITIONS_AHEAD
      ? [values]
      : Array.from({ length: 2 ** variables.length }, (_, bits) =>
          Object.fromEntries(variables.map((name, index) => [name, (bits & (1 << index)) !== 0])),
        );
  for (const each of cases) hold(fetchesFor(document, each, filtered.hidden), supergraph, held);
}

function plansOf({ supergraph, name }: Operation, document: DocumentNode): Plans {
  const key = { supergraph, document, name };
  return plans.get(key, () => {
    documents += 1;
    const conditions = conditionVariables(document);
    const hideable = hideableSubjects(document, supergraph);
    return { key, conditions, number: documents, hideable, only: new Map() };
  });
}

function fetchesFor(
  { key, conditions, number, hideable, only }: Plans,
  values: Readonly<Record<string, unknown>>,
  hidden: ReadonlySet<string>,
): Fetches {
  const unasked = hideable.filter((type) => hidden.has(type));
  const hiding = unasked.join(" ");
  if (conditions === undefined) {
    let planned = only.get(hiding);
    if (planned === undefined) {
      planned = planOnce(key, new Set(unasked));
      if (only.size >= MAX_HELD) only.clear();
      only.set(hiding, planned);
    }
    return madeOf(planned);
  }
  let known = conditional.get(key.supergraph);
  if (known === undefined) {
    known = new LRUCache({ max: MAX_CONDITIONAL_PLANS });
    conditional.set(key.supergraph, known);
  }
  const met = `${number} ${conditions.map((name) => (values[name] === true ? "1" : "0")).join("")} ${hiding}`;
  let planned = known.get(met);
  if (planned === undefined) {
    const document = underConditions(key.document, values);
    planned = planOnce({ ...key, document }, new Set(unasked));
    known.set(met, planned);
  }
  return madeOf(planned);
}

/** @throws what is no refusal */
function planOnce(...asked: Parameters<typeof makePlan>): Planned {
  try {
    return makePlan(...asked);
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}

function madeOf(planned: Planned): Fetches {
  if (planned instanceof Refusal) throw planned;
  return planned;
}

function hold({ fetched, held: known }: Fetches, { access }: Supergraph, held: Held): void {
  if (fetched.length === 0) return;
  const key = heldKey(access, held);
  if (known.has(key)) return;
  holdFetches(fetched, held);
  if (known.size >= MAX_HELD) known.clear();
  known.add(key);
}

/** @param hidden types that are not asked whose they are */
function makePlan(
  { supergraph, document, name }: OperationKey,
  hidden: ReadonlySet<string>,
): Fetches {
  try {
    const possible = withoutImpossible(document, supergraph.planner.schema);
    const kept = keepApart(possible, supergraph);
    const { asked, whole } = askSubjects(kept?.document ?? possible, supergraph, hidden);
    const node = rightPlan({ document: asked.document, name, whole }, supergraph);
    tellTypes(node, supergraph);
    return {
      root: node,
      steps: node && compileSteps({ root: node, asked, name, supergraph, readerOf: answerReader }),
      apart: kept?.apart,
      subjects: asked,
      fetched: fetchedCoordinates(node, supergraph),
      held: new Set(),
    };
  } catch (error) {
    // What is deep is gone through by functions that call themselves, ours and the planner's.
    if (error instanceof RangeError) throw new Refusal("PLAN_TOO_COMPLEX", { cause: error });
    throw error;
  }
}
