import {
  getVariableValues,
  Kind,
  parse,
  type DocumentNode,
  type OperationDefinitionNode,
} from "graphql";
import type { Operation } from "../../gateway/router/src/read.ts";
import { loadSupergraph, type Supergraph } from "../../gateway/router/src/supergraph/supergraph.ts";
import { composeSupergraph } from "./test-router.ts";

/** The supergraph of subgraphs that nobody runs, as a router would serve it. @param schemas by the subgraph's name */
export function loadedSupergraph(schemas: Readonly<Record<string, string>>): Supergraph {
  const subgraphs = Object.entries(schemas).map(([name, schema]) => {
    return { name, url: "http://127.0.0.1:9/graphql", schema };
  });
  return loadSupergraph(composeSupergraph(subgraphs));
}

/** The definition that is meant of a document's operations. */
export function definitionIn(document: DocumentNode, name?: string): OperationDefinitionNode {
  const found = document.definitions.find(
    (each): each is OperationDefinitionNode =>
      each.kind === Kind.OPERATION_DEFINITION && (name === undefined || each.name?.value === name),
  );
  if (found === undefined) throw new Error(`the document has no operation ${name ?? ""}`);
  return found;
}

/** An operation as the stage `read` would have made it. */
export function readOperation(
  supergraph: Supergraph,
  operation: string | DocumentNode,
  variables: Record<string, unknown> = {},
): Operation {
  const document = typeof operation === "string" ? parse(operation) : operation;
  const definition = definitionIn(document);
  const { coerced = {} } = getVariableValues(
    supergraph.api,
    definition.variableDefinitions ?? [],
    variables,
  );
  const name = definition.name?.value ?? null;
  return { document, definition, name, variables, values: coerced, supergraph } as Operation;
}
