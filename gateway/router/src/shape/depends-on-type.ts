import {
  Kind,
  type FragmentDefinitionNode,
  type GraphQLAbstractType,
  type SelectionNode,
  type SelectionSetNode,
} from "graphql";

/**
 * Whether what is selected of an interface or union is for some of its types only, or the type's name itself.
 * @param isMeant whether a selection's conditions let it be: the plan fetches no type for what they leave out
 */
export function dependsOnType(
  sets: readonly SelectionSetNode[],
  { name }: GraphQLAbstractType,
  fragmentOf: (name: string) => FragmentDefinitionNode | undefined,
  isMeant: (selection: SelectionNode) => boolean,
): boolean {
  const depends = ({ selections }: SelectionSetNode): boolean =>
    selections.some((each) => {
      if (!isMeant(each)) return false;
      if (each.kind === Kind.FIELD) return each.name.value === "__typename";
      const fragment = each.kind === Kind.FRAGMENT_SPREAD ? fragmentOf(each.name.value) : each;
      const condition = fragment?.typeCondition?.name.value ?? name;
      return fragment === undefined || condition !== name || depends(fragment.selectionSet);
    });
  return sets.some(depends);
}
