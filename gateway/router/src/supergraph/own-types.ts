import {
  getNamedType,
  type DocumentNode,
  type GraphQLNamedType,
  type GraphQLSchema,
} from "graphql";
import { argumentText } from "./argument-text.ts";
import { graphNames } from "./graph-names.ts";
import { hasFields, joinsOf, typeSaid } from "./joins.ts";
import { fieldOf } from "./required-fields.ts";

/**
 * By a subgraph's name and `Type.field`, the name of the type that the subgraph gives the field, where it says one: it may
 * be one of those that the supergraph's type leaves open.
 */
export type OwnTypes = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** Reads out of a supergraph which types of fields its subgraphs say (`@join__field(type:)`). */
export function ownTypes(document: DocumentNode): OwnTypes {
  const names = graphNames(document);
  const found = new Map<string, Map<string, string>>();
  for (const definition of document.definitions) {
    if (!hasFields(definition)) continue;
    for (const field of definition.fields ?? []) {
      for (const join of joinsOf(field)) {
        const type = typeSaid(join);
        if (type === undefined) continue;
        const graph = argumentText(join, "graph") ?? "";
        const subgraph = names.get(graph) ?? graph;
        const types = found.get(subgraph) ?? new Map<string, string>();
        found.set(subgraph, types.set(`${definition.name.value}.${field.name.value}`, type));
      }
    }
  }
  return found;
}

/** What a subgraph gives for a field, `Type.field`; undefined where there is no such field. */
export function typeGiven(
  coordinate: string,
  subgraph: string,
  { types, schema }: { types: OwnTypes; schema: GraphQLSchema },
): GraphQLNamedType | undefined {
  const own = types.get(subgraph)?.get(coordinate);
  const field = fieldOf(coordinate, schema);
  return own === undefined ? field && getNamedType(field.type) : schema.getType(own);
}
