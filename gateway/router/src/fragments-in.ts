import { Kind, type DocumentNode, type FragmentDefinitionNode } from "graphql";

/** A document's fragments by their names. */
export function fragmentsIn(document: DocumentNode): ReadonlyMap<string, FragmentDefinitionNode> {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const each of document.definitions)
    if (each.kind === Kind.FRAGMENT_DEFINITION) fragments.set(each.name.value, each);
  return fragments;
}
