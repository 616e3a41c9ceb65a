import { getNamedType, Kind, type DocumentNode, type GraphQLSchema } from "graphql";
import { argumentText } from "./argument-text.ts";
import { hasFields, joinsOf, typeJoinsOf } from "./joins.ts";
import { coordinatesOf, fieldOf, fieldSet, namesIn } from "./required-fields.ts";

/** What one subgraph's types have to do with fields that others know and it does not. By `Type.field`. */
export interface ForeignFields {
  /** Fields that it is handed, or can tell in places only (`@external`); none that are in its keys. */
  readonly external: Set<string>;
  /** Of fields that it computes (`@requires`): the names, on the type itself, of those of the external that it must be handed. */
  readonly inputs: Map<string, readonly string[]>;
  /** Of fields that lead to objects: which of the external it can tell of these, and of what is in them (`@provides`). */
  readonly provided: Map<string, ReadonlySet<string>>;
}

/** Reads out of a supergraph, by the subgraph's name, what each knows from others only. */
export function foreignFields(
  document: DocumentNode,
  schema: GraphQLSchema,
): ReadonlyMap<string, ForeignFields> {
  const names = graphNames(document);
  const found = new Map<string, ForeignFields>(
    [...names.values()].map((name) => [
      name,
      { external: new Set(), inputs: new Map(), provided: new Map() },
    ]),
  );
  for (const definition of document.definitions) {
    if (!hasFields(definition)) continue;
    const type = definition.name.value;
    const keys = new Set(
      typeJoinsOf(definition).flatMap((each) =>
        namesIn(argumentText(each, "key") ?? "__typename").map(
          (name) => `${argumentText(each, "graph")} ${name}`,
        ),
      ),
    );
    const joins = (definition.fields ?? []).flatMap((field) =>
      joinsOf(field).map((join) => {
        const graph = argumentText(join, "graph") ?? "";
        return { name: field.name.value, graph, join, of: found.get(names.get(graph) ?? graph) };
      }),
    );
    for (const { name, graph, join, of } of joins)
      if (argumentText(join, "external") === "true" && !keys.has(`${graph} ${name}`))
        of?.external.add(`${type}.${name}`);
    for (const { name, join, of } of joins) {
      const coordinate = `${type}.${name}`;
      const inputs = namesIn(argumentText(join, "requires") ?? "__typename").filter((input) =>
        of?.external.has(`${type}.${input}`),
      );
      if (inputs.length > 0) of?.inputs.set(coordinate, inputs);
      const returned = fieldOf(coordinate, schema)?.type;
      const provides = argumentText(join, "provides");
      if (returned === undefined || provides === undefined) continue;
      const provided = fieldSet(provides).flatMap((set) =>
        coordinatesOf(set, getNamedType(returned).name, schema),
      );
      of?.provided.set(coordinate, new Set(provided));
    }
  }
  return found;
}

/** Subgraphs' names by those of the enum that stands for them. */
function graphNames(document: DocumentNode): Map<string, string> {
  const names = new Map<string, string>();
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.ENUM_TYPE_DEFINITION || definition.name.value !== "join__Graph")
      continue;
    for (const { name, directives = [] } of definition.values ?? []) {
      const graph = directives.find((each) => each.name.value === "join__graph");
      const subgraph = graph && argumentText(graph, "name");
      if (subgraph !== undefined) names.set(name.value, subgraph);
    }
  }
  return names;
}
