import { Kind, type DocumentNode } from "graphql";
import { argumentText } from "./argument-text.ts";
import { namesIn } from "./required-fields.ts";

/** What one subgraph's fields have to do with fields that it has from others only. By `Type.field`. */
export interface ComputedFields {
  /** Of fields that it computes (`@requires`): the names, on the type itself, of those that it must be handed for it. */
  readonly inputs: ReadonlyMap<string, readonly string[]>;
  /** Of fields that lead to objects: the names of what it can tell of these itself all the same (`@provides`). */
  readonly provided: ReadonlyMap<string, ReadonlySet<string>>;
}

/** Reads out of a supergraph what each subgraph computes of others' fields, by the subgraph's name. */
export function computedFields(document: DocumentNode): ReadonlyMap<string, ComputedFields> {
  const found = new Map<
    string,
    { inputs: Map<string, string[]>; provided: Map<string, Set<string>> }
  >();
  const names = graphNames(document);
  for (const definition of document.definitions) {
    if (
      definition.kind !== Kind.OBJECT_TYPE_DEFINITION &&
      definition.kind !== Kind.INTERFACE_TYPE_DEFINITION
    )
      continue;
    const joined = (definition.fields ?? []).flatMap(({ name, directives = [] }) =>
      directives
        .filter((each) => each.name.value === "join__field")
        .map((each) => ({
          field: name.value,
          graph: argumentText(each, "graph") ?? "",
          directive: each,
        })),
    );
    for (const { field, graph, directive } of joined) {
      const subgraph = names.get(graph) ?? graph;
      let of = found.get(subgraph);
      if (of === undefined) found.set(subgraph, (of = { inputs: new Map(), provided: new Map() }));
      const coordinate = `${definition.name.value}.${field}`;
      const provided = fieldsIn(argumentText(directive, "provides"));
      if (provided.length > 0) of.provided.set(coordinate, new Set(provided));
      const inputs = fieldsIn(argumentText(directive, "requires")).filter((name) =>
        joined.some(
          (other) =>
            other.field === name &&
            other.graph === graph &&
            argumentText(other.directive, "external") === "true",
        ),
      );
      if (inputs.length > 0) of.inputs.set(coordinate, inputs);
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

function fieldsIn(set: string | undefined): string[] {
  return set === undefined ? [] : namesIn(set);
}
