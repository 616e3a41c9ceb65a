import { Kind, type GraphQLSchema, type SelectionSetNode } from "graphql";
import type { FetchNode } from "../supergraph/planner.ts";
import type { ResultMap } from "./merge.ts";
import { isOfType } from "./rewrites.ts";

/**
 * The response keys a fetch would give this object and that nothing has given yet: where its failure belongs. For an
 * entity fetch only the fragments of the entity's own type count.
 */
export function answeredKeys(fetch: FetchNode, schema: GraphQLSchema, map: ResultMap): string[] {
  const document = fetch.operationDocumentNode;
  const operation = document?.definitions.find(
    (definition) => definition.kind === Kind.OPERATION_DEFINITION,
  );
  if (document === undefined || operation === undefined) return [];
  const fragments = new Map(
    document.definitions.flatMap((definition) =>
      definition.kind === Kind.FRAGMENT_DEFINITION
        ? [[definition.name.value, definition] as const]
        : [],
    ),
  );
  const keys = new Set<string>();
  const collect = (selections: SelectionSetNode): void => {
    for (const selection of selections.selections) {
      if (selection.kind === Kind.FIELD) {
        keys.add(selection.alias?.value ?? selection.name.value);
        continue;
      }
      const fragment =
        selection.kind === Kind.FRAGMENT_SPREAD ? fragments.get(selection.name.value) : selection;
      const condition = fragment?.typeCondition?.name.value;
      if (
        fragment !== undefined &&
        (condition === undefined || isOfType(schema, map, condition, true))
      ) {
        collect(fragment.selectionSet);
      }
    }
  };
  const root = operation.selectionSet.selections[0];
  const isEntityFetch =
    fetch.requires !== undefined && root?.kind === Kind.FIELD && root.selectionSet !== undefined;
  collect(isEntityFetch ? root.selectionSet! : operation.selectionSet);
  keys.delete("__typename");
  return [...keys].filter((key) => map[key] === undefined || map[key] === null);
}
