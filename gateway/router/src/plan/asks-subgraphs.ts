import { Kind, type DocumentNode, type SelectionSetNode } from "graphql";
import { operationIn } from "../cost/operation-in.ts";

/**
 * Whether an operation asks for anything that is not in the schema itself.
 * @param document without conditions
 */
export function asksSubgraphs(document: DocumentNode, name: string | null): boolean {
  const fragments = new Map<string, SelectionSetNode>();
  for (const each of document.definitions)
    if (each.kind === Kind.FRAGMENT_DEFINITION) fragments.set(each.name.value, each.selectionSet);
  const asks = (set: SelectionSetNode | undefined): boolean =>
    set?.selections.some((each) =>
      each.kind === Kind.FIELD
        ? !each.name.value.startsWith("__")
        : asks(
            each.kind === Kind.INLINE_FRAGMENT ? each.selectionSet : fragments.get(each.name.value),
          ),
    ) === true;
  return asks(operationIn(document, name).selectionSet);
}
