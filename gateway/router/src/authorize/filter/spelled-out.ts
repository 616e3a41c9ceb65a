import {
  Kind,
  visit,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from "graphql";
import type { Verdict } from "./take-out.ts";

/**
 * The document in which every selection below a refused field stands for itself: a fragment that is spread there as
 * well as elsewhere is written out there, so that its fields are refused there and nowhere else.
 * @returns it, with its refused fields and everything selected of them
 */
export function spelledOut(
  document: DocumentNode,
  { guards, refused }: Pick<Verdict, "guards" | "refused">,
): { asked: DocumentNode; refused: ReadonlySet<FieldNode> } {
  const nodes = new Set<FieldNode>();
  const asked = visit(document, {
    Field(node) {
      if (nodes.has(node) || !refused.has(node)) return undefined;
      const spelled = spellOut(node, guards.fragments, nodes);
      return spelled === node ? undefined : spelled;
    },
  });
  return { asked, refused: nodes };
}

function spellOut(
  node: FieldNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  nodes: Set<FieldNode>,
): FieldNode {
  const spelled =
    node.selectionSet === undefined
      ? node
      : { ...node, selectionSet: spellOutSet(node.selectionSet, fragments, nodes) };
  nodes.add(spelled);
  return spelled;
}

function spellOutSet(
  { selections }: SelectionSetNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  nodes: Set<FieldNode>,
): SelectionSetNode {
  return {
    kind: Kind.SELECTION_SET,
    selections: selections.flatMap((selection): SelectionNode | SelectionNode[] => {
      // A leaf is copied, because the same one may be kept where its fragment is spread elsewhere.
      if (selection.kind === Kind.FIELD) return spellOut({ ...selection }, fragments, nodes);
      const fragment =
        selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value);
      if (fragment === undefined) return [];
      const { typeCondition, selectionSet } = fragment;
      return {
        kind: Kind.INLINE_FRAGMENT,
        ...(typeCondition === undefined ? {} : { typeCondition }),
        directives: selection.directives ?? [],
        selectionSet: spellOutSet(selectionSet, fragments, nodes),
      };
    }),
  };
}
