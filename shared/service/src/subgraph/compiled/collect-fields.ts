import {
  type DirectiveNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLObjectType,
  type GraphQLSchema,
  isAbstractType,
  type SelectionNode,
  type SelectionSetNode,
} from "graphql";

/** What decides which fields of a document are asked for. */
export interface Selecting {
  schema: GraphQLSchema;
  fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** The values of the variables that @skip and @include name. */
  conditions: ReadonlyMap<string, boolean>;
}

/**
 * The fields that selection sets ask of an object, by response name, each with all nodes that ask for it, in the order
 * of the specification (section 6.3.2, CollectFields).
 */
export function collectFields(
  selecting: Selecting,
  type: GraphQLObjectType,
  sets: readonly SelectionSetNode[],
): Map<string, FieldNode[]> {
  const fields = new Map<string, FieldNode[]>();
  const seen = new Set<string>();
  const collect = ({ selections }: SelectionSetNode): void => {
    for (const selection of selections) {
      if (!isIncluded(selecting, selection)) continue;
      if (selection.kind === "Field") {
        const name = selection.alias?.value ?? selection.name.value;
        const nodes = fields.get(name);
        if (nodes === undefined) fields.set(name, [selection]);
        else nodes.push(selection);
        continue;
      }
      if (selection.kind === "FragmentSpread") {
        if (seen.has(selection.name.value)) continue;
        seen.add(selection.name.value);
      }
      const fragment =
        selection.kind === "InlineFragment"
          ? selection
          : selecting.fragments.get(selection.name.value);
      if (fragment === undefined) continue;
      const condition = fragment.typeCondition?.name.value;
      if (condition === undefined || fits(selecting.schema, condition, type))
        collect(fragment.selectionSet);
    }
  };
  for (const set of sets) collect(set);
  return fields;
}

function fits(schema: GraphQLSchema, condition: string, type: GraphQLObjectType): boolean {
  if (condition === type.name) return true;
  const abstract = schema.getType(condition);
  return abstract !== undefined && isAbstractType(abstract) && schema.isSubType(abstract, type);
}

function isIncluded({ conditions }: Selecting, { directives }: SelectionNode): boolean {
  if (directives === undefined || directives.length === 0) return true;
  return (
    conditionOf(directives, "skip", conditions) !== true &&
    conditionOf(directives, "include", conditions) !== false
  );
}

function conditionOf(
  directives: readonly DirectiveNode[],
  name: "skip" | "include",
  conditions: ReadonlyMap<string, boolean>,
): boolean | undefined {
  const directive = directives.find((each) => each.name.value === name);
  const value = directive?.arguments?.find((each) => each.name.value === "if")?.value;
  if (value?.kind === "BooleanValue") return value.value;
  return value?.kind === "Variable" ? conditions.get(value.name.value) : undefined;
}
