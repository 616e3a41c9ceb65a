import { Kind, type DocumentNode, type SelectionSetNode } from "graphql";
import { fragmentsIn } from "../fragments-in.ts";
import { operationIn } from "../operation-in.ts";

/**
 * Whether an operation asks for anything that is not in the schema itself.
 * @param document without conditions
 */
export function asksSubgraphs(document: DocumentNode, name: string | null): boolean {
  const fragments = fragmentsIn(document);
  const asks = (set: SelectionSetNode | undefined): boolean =>
    set?.selections.some((each) =>
      each.kind === Kind.FIELD
        ? !each.name.value.startsWith("__")
        : asks(
            each.kind === Kind.INLINE_FRAGMENT
              ? each.selectionSet
              : fragments.get(each.name.value)?.selectionSet,
          ),
    ) === true;
  return asks(operationIn(document, name).selectionSet);
}
