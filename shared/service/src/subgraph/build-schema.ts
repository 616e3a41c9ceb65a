import { buildSubgraphSchema } from "@apollo/subgraph";
import { scalars } from "@truc/contracts";
import { type GraphQLSchema, parse } from "graphql";
import { letBrokenRulesFailAlone } from "./broken-rules.ts";
import type { SubgraphDefinition } from "./define-subgraph.ts";
import { entitiesResolver } from "./entities.ts";
import { readAfterMutations, stopWhenSpent } from "./operation-context.ts";
import { refuseSearches } from "./refuse-searches.ts";
import { sealCursors } from "./seal-cursors.ts";

/**
 * The executable schema of a register: its own text and resolvers, the shared scalars it declares, and the frame's
 * `_entities`, which lets an invalid key fail alone. A value that breaks a scalar's rule costs its own field. Cursors
 * are sealed on their way out and opened on their way in. A mutation's answer is read after it is done. What carries
 * `@search` is refused where the permit allows look-ups only. An operation that has had its share resolves nothing more.
 */
export function buildSchema(definition: SubgraphDefinition): GraphQLSchema {
  const typeDefs = parse(definition.schema);
  const declared = typeDefs.definitions.flatMap((node) =>
    node.kind === "ScalarTypeDefinition" ? [node.name.value] : [],
  );
  const unknown = declared.find(
    (name) => scalars[name] === undefined && definition.resolvers[name] === undefined,
  );
  if (unknown !== undefined) throw new Error(`the scalar ${unknown} is not among the shared ones`);
  const shared = Object.fromEntries(
    declared.flatMap((name) => (scalars[name] ? [[name, scalars[name]]] : [])),
  );
  const schema = buildSubgraphSchema([
    { typeDefs, resolvers: { ...shared, ...definition.resolvers } as never },
  ]);
  const entities = schema.getQueryType()?.getFields()["_entities"];
  if (entities !== undefined) entities.resolve = entitiesResolver(schema, definition.resolvers);
  readAfterMutations(schema);
  sealCursors(schema);
  refuseSearches(schema);
  stopWhenSpent(schema);
  letBrokenRulesFailAlone(schema);
  return schema;
}
