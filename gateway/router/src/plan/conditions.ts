import { Kind, visit, type DirectiveNode, type DocumentNode } from "graphql";
import { TYPENAME } from "./typename.ts";

type Values = Readonly<Record<string, unknown>>;

/** The variables that a document's `@skip` and `@include` depend on, in its order; undefined where it has neither. */
export function conditionVariables(document: DocumentNode): readonly string[] | undefined {
  const names = new Set<string>();
  let conditional = false;
  visit(document, {
    Directive(node) {
      if (!isCondition(node)) return;
      conditional = true;
      const value = argumentOf(node);
      if (value?.kind === Kind.VARIABLE) names.add(value.name.value);
    },
  });
  return conditional ? [...names] : undefined;
}

/** What the conditions of a document come to with these values: by the name of a condition's variable, whether it is true. */
export function conditionsOf(document: DocumentNode, values: Values): ReadonlyMap<string, boolean> {
  const names = conditionVariables(document) ?? [];
  return new Map(names.map((name) => [name, values[name] === true]));
}

/**
 * The document as it is meant for these variables: without what `@skip` and `@include` leave out, and without these
 * directives. A selection set that nothing is left of asks for the type's name, so that it is still known whether the
 * object is there.
 *
 * The planner would carry conditions into the fetches, and join by what they left out: a field whose `@requires` is
 * skipped would take its neighbours with it.
 */
export function underConditions(document: DocumentNode, values: Values): DocumentNode {
  const decide = <T extends { readonly directives?: readonly DirectiveNode[] | undefined }>(
    node: T,
  ): T | null | undefined => {
    const conditions = node.directives?.filter(isCondition) ?? [];
    if (conditions.length === 0) return undefined;
    if (conditions.some((condition) => leavesOut(condition, values))) return null;
    return { ...node, directives: node.directives?.filter((each) => !isCondition(each)) };
  };
  return visit(document, {
    Field: (node) => decide(node),
    InlineFragment: (node) => decide(node),
    FragmentSpread: (node) => decide(node),
    SelectionSet: {
      leave: (node) =>
        node.selections.length === 0 ? { ...node, selections: [TYPENAME] } : undefined,
    },
  });
}

function isCondition({ name }: DirectiveNode): boolean {
  return name.value === "skip" || name.value === "include";
}

function argumentOf({ arguments: given }: DirectiveNode) {
  return given?.find(({ name }) => name.value === "if")?.value;
}

function leavesOut(condition: DirectiveNode, values: Values): boolean {
  const value = argumentOf(condition);
  const met =
    value?.kind === Kind.VARIABLE
      ? values[value.name.value] === true
      : value?.kind === Kind.BOOLEAN && value.value;
  return condition.name.value === "skip" ? met : !met;
}
