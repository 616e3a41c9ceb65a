import {
  isAbstractType,
  Kind,
  type DirectiveNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLObjectType,
  type GraphQLSchema,
  type SelectionNode,
  type SelectionSetNode,
} from "graphql";

/** What field collection looks things up in. */
export interface Collecting {
  readonly schema: GraphQLSchema;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** By the name of a condition's variable, whether it is true. */
  readonly conditions: ReadonlyMap<string, boolean>;
}

/**
 * The fields that selection sets select of an object of this type, by response key, in the order of the answer: GraphQL
 * specification, 6.3.2 CollectFields, over the sets of all selections of one field together.
 */
export function collectFields(
  sets: readonly SelectionSetNode[],
  type: GraphQLObjectType,
  { schema, fragments, conditions }: Collecting,
): ReadonlyMap<string, readonly FieldNode[]> {
  const found = new Map<string, FieldNode[]>();
  const visited = new Set<string>();
  const collect = ({ selections }: SelectionSetNode): void => {
    for (const selection of selections) {
      if (selection.kind === Kind.FRAGMENT_SPREAD && visited.has(selection.name.value)) continue;
      if (!isIncluded(selection, conditions)) continue;
      if (selection.kind === Kind.FIELD) {
        const key = selection.alias?.value ?? selection.name.value;
        const same = found.get(key);
        if (same === undefined) found.set(key, [selection]);
        else same.push(selection);
        continue;
      }
      if (selection.kind === Kind.FRAGMENT_SPREAD) visited.add(selection.name.value);
      const fragment =
        selection.kind === Kind.FRAGMENT_SPREAD ? fragments.get(selection.name.value) : selection;
      if (fragment !== undefined && applies(fragment.typeCondition?.name.value, type, schema))
        collect(fragment.selectionSet);
    }
  };
  for (const set of sets) collect(set);
  return found;
}

function applies(
  condition: string | undefined,
  type: GraphQLObjectType,
  schema: GraphQLSchema,
): boolean {
  if (condition === undefined || condition === type.name) return true;
  const wanted = schema.getType(condition);
  return isAbstractType(wanted) && schema.isSubType(wanted, type);
}

/** Whether its `@skip` and `@include` let a selection be. */
export function isIncluded(
  { directives }: SelectionNode,
  conditions: ReadonlyMap<string, boolean>,
): boolean {
  return (directives ?? []).every((directive) => {
    const { value: name } = directive.name;
    if (name === "skip") return !isMet(directive, conditions);
    return name !== "include" || isMet(directive, conditions);
  });
}

function isMet(
  { arguments: given }: DirectiveNode,
  conditions: ReadonlyMap<string, boolean>,
): boolean {
  const value = given?.find(({ name }) => name.value === "if")?.value;
  if (value?.kind === Kind.VARIABLE) return conditions.get(value.name.value) === true;
  return value?.kind === Kind.BOOLEAN && value.value;
}
