import {
  Kind,
  type FragmentDefinitionNode,
  type GraphQLAbstractType,
  type SelectionSetNode,
} from "graphql";

/** Whether what is selected of an interface or union is for some of its types only, or the type's name itself. */
export function dependsOnType(
  sets: readonly SelectionSetNode[],
  { name }: GraphQLAbstractType,
  fragmentOf: (name: string) => FragmentDefinitionNode | undefined,
): boolean {
  const depends = ({ selections }: SelectionSetNode): boolean =>
    selections.some((each) => {
      if (each.kind === Kind.FIELD) return each.name.value === "__typename";
      const fragment = each.kind === Kind.FRAGMENT_SPREAD ? fragmentOf(each.name.value) : each;
      const condition = fragment?.typeCondition?.name.value ?? name;
      return fragment === undefined || condition !== name || depends(fragment.selectionSet);
    });
  return sets.some(depends);
}
