import { operationFromDocument, Supergraph } from "@apollo/federation-internals";
import { QueryPlanner, type QueryPlan, type QueryPlannerConfig } from "@apollo/query-planner";
import { buildASTSchema, type DocumentNode, type GraphQLSchema } from "graphql";
import { withArgumentInputs, type ArgumentInputs } from "./argument-inputs.ts";
import { separateComputed, type WholeSubgraph } from "./separate-computed.ts";
import { allAtOnce, type Steps } from "./steps.ts";

export type {
  FetchDataRewrite,
  FetchNode,
  PlanNode,
  QueryPlan,
  QueryPlanSelectionNode,
} from "@apollo/query-planner";

/** The planner of one supergraph. This is the only file that knows whose planner it is. */
export interface Planner {
  /** Supergraph with all its types, inaccessible ones included: what representations and rewrites are judged by. */
  readonly schema: GraphQLSchema;
  /** What callers see of it. */
  readonly api: GraphQLSchema;
  readonly subgraphs: readonly { name: string; url: string }[];
  /** Whether callers see what a coordinate names: `@inaccessible` hides it, or what it belongs to. */
  isSeen(coordinate: string): boolean;
  /** @param whole whether the document selects what callers do not see */
  plan(document: DocumentNode, operationName: string | null, whole?: boolean): QueryPlan;
}

/**
 * Ways through the subgraphs that the planner follows at once for one field. Without a limit some small operations (lists of
 * one interface within each other, whose fields several subgraphs have) take it gigabytes and minutes.
 */
const MAX_PATHS = 1_000;

/**
 * Whole plans that it compares. Ways with the most steps are left out first, so that with fiftyfold as many, which is what
 * it compares by itself, it finds a better plan for one operation in five hundred, and takes seconds for some.
 */
const MAX_PLANS = 200;

type PlannerLimits = QueryPlannerConfig["debug"];

/** @throws the packages' own errors when the text is no supergraph */
export function* createPlanner(sdl: DocumentNode): Steps<Planner> {
  const { supergraph, plan } = yield* buildPlanner(sdl);
  const schema = supergraph.schema.toGraphQLJSSchema();
  yield;
  const api = supergraph.apiSchema();
  const apiSchema = api.toGraphQLJSSchema();
  yield;
  return {
    schema,
    api: apiSchema,
    subgraphs: supergraph.subgraphsMetadata(),
    isSeen: (coordinate) => api.elementByCoordinate(coordinate) !== undefined,
    plan,
  };
}

/** A plan that names the subgraphs of a supergraph whose computed fields are separate, and computed of nothing with arguments. */
export interface SeparatePlan extends QueryPlan {
  /** What one of those is part of. */
  readonly partOf: ReadonlyMap<string, WholeSubgraph>;
  /** What its fields without arguments stand for. */
  readonly inputs: ArgumentInputs;
}

/** Plans over such a supergraph. @throws the packages' own errors; Error where computed fields cannot be separated */
export type PlanSeparately = (...asked: Parameters<Planner["plan"]>) => SeparatePlan;

/**
 * For what the planner plans wrongly or not at all, in the order in which they are to be tried: the best plan, and the
 * first that is found, since it is in comparing some plans that it fails. They are made ready when they first have
 * something to plan: most supergraphs never need them.
 */
export function separatePlanners(
  sdl: DocumentNode,
  inputs: ArgumentInputs,
): readonly PlanSeparately[] {
  return [{}, { maxEvaluatedPlans: 1 }].map((limits) => {
    let ready: PlanSeparately | undefined;
    return (...asked) => (ready ??= separatePlanner(sdl, inputs, limits))(...asked);
  });
}

function separatePlanner(
  sdl: DocumentNode,
  inputs: ArgumentInputs,
  limits: PlannerLimits,
): PlanSeparately {
  try {
    const plain = withArgumentInputs(sdl, inputs);
    const separate = separateComputed(plain, buildASTSchema(plain, { assumeValidSDL: true }));
    if (separate === undefined) throw new Error("there are no computed fields to separate");
    const { document, partOf } = separate;
    const { plan } = allAtOnce(buildPlanner(document, limits));
    return (...asked) => ({ ...plan(...asked), partOf, inputs });
  } catch (error) {
    // It would fail again, and it takes long to.
    return () => {
      throw error;
    };
  }
}

function* buildPlanner(
  sdl: DocumentNode,
  limits: PlannerLimits = {},
): Steps<{ supergraph: Supergraph; plan: Planner["plan"] }> {
  const supergraph = Supergraph.build(sdl);
  yield;
  const planner = new QueryPlanner(supergraph, {
    exposeDocumentNodeInFetchNode: true,
    // A caller's fragment may ask for more than the plan does: of types that cannot be in that place.
    reuseQueryFragments: false,
    debug: { pathsLimit: MAX_PATHS, maxEvaluatedPlans: MAX_PLANS, ...limits },
  });
  yield;
  return {
    supergraph,
    plan(document, operationName, whole = false) {
      const schema = whole ? supergraph.schema : supergraph.apiSchema();
      const operation = operationFromDocument(schema, document, {
        ...(operationName === null ? {} : { operationName }),
        validate: false,
      });
      return planner.buildQueryPlan(operation);
    },
  };
}
