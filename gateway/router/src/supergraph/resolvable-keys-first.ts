import type { DocumentNode } from "graphql";
import { argumentText } from "./argument-text.ts";
import { hasFields, typeJoinsOf } from "./joins.ts";

/**
 * The same supergraph with the keys of each type in another order: first those by which a subgraph finds its entities. Where
 * a plan comes back to a subgraph with what a field is computed of, the planner takes the type's first key, whether the
 * subgraph finds anything by it or not.
 */
export function resolvableKeysFirst(document: DocumentNode): DocumentNode {
  const definitions = document.definitions.map((definition) => {
    if (!hasFields(definition)) return definition;
    const joins = new Set(typeJoinsOf(definition));
    const others = (definition.directives ?? []).filter((each) => !joins.has(each));
    const last = [...joins].filter((each) => argumentText(each, "resolvable") === "false");
    const first = [...joins].filter((each) => !last.includes(each));
    return { ...definition, directives: [...first, ...last, ...others] };
  });
  return { ...document, definitions };
}
