import {
  isAbstractType,
  Kind,
  valueFromASTUntyped,
  type ArgumentNode,
  type DirectiveNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from "graphql";
import { fragmentsIn } from "../fragments-in.ts";

/** A field as one place of an operation selects it; selections of the same field under the same conditions are one. */
export interface SelectedField {
  /** Response key. */
  readonly key: string;
  readonly name: string;
  readonly arguments: readonly ArgumentNode[];
  /** Names of the object types it is selected on; undefined: whatever the object is. */
  readonly on: ReadonlySet<string> | undefined;
  /** Every `@skip` and `@include` on the way to it. */
  readonly conditions: readonly DirectiveNode[];
  /** Whether it comes back as null, whatever is selected of it. */
  readonly refused: boolean;
  readonly fields: readonly SelectedField[];
}

/**
 * What an operation selects, as a tree without fragments. Its size is that of the operation with its fragments written
 * out, which the limits of documents bound.
 * @param refused selections that come back as null
 */
export function selectedFields(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  schema: GraphQLSchema,
  refused: ReadonlySet<FieldNode> = new Set(),
): readonly SelectedField[] {
  const fragments = fragmentsIn(document);
  return gathered([operation.selectionSet], { schema, fragments, refused });
}

interface Sources {
  readonly schema: GraphQLSchema;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly refused: ReadonlySet<FieldNode>;
}

interface Where {
  readonly on: ReadonlySet<string> | undefined;
  readonly conditions: readonly DirectiveNode[];
}

interface Gathering extends Omit<SelectedField, "fields"> {
  readonly sets: SelectionSetNode[];
}

function gathered(sets: readonly SelectionSetNode[], sources: Sources): readonly SelectedField[] {
  const found = new Map<string, Gathering>();
  const gather = (set: SelectionSetNode, where: Where): void => {
    for (const selection of set.selections) {
      const conditions = [...where.conditions, ...conditionsOf(selection.directives ?? [])];
      if (selection.kind !== Kind.FIELD) {
        const fragment =
          selection.kind === Kind.INLINE_FRAGMENT
            ? selection
            : sources.fragments.get(selection.name.value);
        if (fragment === undefined) continue;
        const on = narrowed(where.on, fragment.typeCondition?.name.value, sources.schema);
        gather(fragment.selectionSet, { on, conditions });
        continue;
      }
      const key = selection.alias?.value ?? selection.name.value;
      const refused = sources.refused.has(selection);
      const place = JSON.stringify([
        key,
        where.on && [...where.on],
        conditions.map(textOf),
        refused,
      ]);
      let field = found.get(place);
      if (field === undefined) {
        const { name, arguments: given = [] } = selection;
        field = {
          key,
          name: name.value,
          arguments: given,
          on: where.on,
          conditions,
          refused,
          sets: [],
        };
        found.set(place, field);
      }
      if (selection.selectionSet !== undefined && !refused) field.sets.push(selection.selectionSet);
    }
  };
  for (const set of sets) gather(set, { on: undefined, conditions: [] });
  return [...found.values()].map(({ sets: inner, ...field }) => ({
    ...field,
    fields: gathered(inner, sources),
  }));
}

/** The object types that both are left by what stood before and satisfy one more type condition. */
function narrowed(
  on: ReadonlySet<string> | undefined,
  condition: string | undefined,
  schema: GraphQLSchema,
): ReadonlySet<string> | undefined {
  const type = condition === undefined ? undefined : schema.getType(condition);
  if (type === undefined) return on;
  const names = isAbstractType(type)
    ? schema.getPossibleTypes(type).map(({ name }) => name)
    : [type.name];
  return new Set(on === undefined ? names : names.filter((name) => on.has(name)));
}

function conditionsOf(directives: readonly DirectiveNode[]): DirectiveNode[] {
  return directives.filter(({ name }) => name.value === "skip" || name.value === "include");
}

function textOf(condition: DirectiveNode): string {
  const value = condition.arguments?.[0]?.value;
  const what = value?.kind === Kind.VARIABLE ? `$${value.name.value}` : JSON.stringify(value);
  return `${condition.name.value} ${what}`;
}

/** Whether a selection is carried out with these variables. */
export function isIncluded(
  { conditions }: SelectedField,
  variables: Readonly<Record<string, unknown>>,
): boolean {
  return conditions.every(({ name, arguments: given }) => {
    const value = given?.[0]?.value;
    const holds = value !== undefined && valueFromASTUntyped(value, variables) === true;
    return name.value === "skip" ? !holds : holds;
  });
}
