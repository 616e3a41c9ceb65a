import { Kind, type DocumentNode } from "graphql";
import { argumentText } from "./argument-text.ts";

/** Subgraphs' names by those of the enum that stands for them. */
export function graphNames(document: DocumentNode): ReadonlyMap<string, string> {
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
