import { operationFromDocument, Supergraph } from "@apollo/federation-internals";
import { QueryPlanner, type QueryPlan } from "@apollo/query-planner";
import type { DocumentNode, GraphQLSchema } from "graphql";

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
  readonly subgraphs: readonly { name: string; url: string }[];
  plan(document: DocumentNode, operationName: string | null): QueryPlan;
}

/** @throws the packages' own errors when the text is no supergraph */
export function createPlanner(sdl: DocumentNode): Planner {
  const supergraph = Supergraph.build(sdl);
  const planner = new QueryPlanner(supergraph, { exposeDocumentNodeInFetchNode: true });
  const api = supergraph.apiSchema();
  return {
    schema: supergraph.schema.toGraphQLJSSchema(),
    subgraphs: supergraph.subgraphsMetadata(),
    plan(document, operationName) {
      const operation = operationFromDocument(api, document, {
        ...(operationName === null ? {} : { operationName }),
        validate: false,
      });
      return planner.buildQueryPlan(operation);
    },
  };
}
