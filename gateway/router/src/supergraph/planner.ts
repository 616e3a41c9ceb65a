import { operationFromDocument, Supergraph } from "@apollo/federation-internals";
import { QueryPlanner, type QueryPlan } from "@apollo/query-planner";
import type { DocumentNode, GraphQLSchema } from "graphql";
import type { Steps } from "./steps.ts";

export type {
  FetchDataRewrite,
  FetchNode,
  PlanNode,
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

/** @throws the packages' own errors when the text is no supergraph */
export function* createPlanner(sdl: DocumentNode): Steps<Planner> {
  const supergraph = Supergraph.build(sdl);
  yield;
  const planner = new QueryPlanner(supergraph, {
    exposeDocumentNodeInFetchNode: true,
    debug: { pathsLimit: MAX_PATHS },
  });
  yield;
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
    plan(document, operationName, whole = false) {
      const operation = operationFromDocument(whole ? supergraph.schema : api, document, {
        ...(operationName === null ? {} : { operationName }),
        validate: false,
      });
      return planner.buildQueryPlan(operation);
    },
  };
}
