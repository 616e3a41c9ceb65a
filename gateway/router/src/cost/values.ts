import {
  getNamedType,
  isAbstractType,
  isCompositeType,
  isListType,
  isNonNullType,
  Kind,
  type ArgumentNode,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLObjectType,
} from "graphql";
import type { CostModel } from "./cost-model.ts";
import { introspectionField, introspectionLength } from "./introspection-size.ts";
import { listLength, type Sized } from "./list-length.ts";
import { isIncluded, type SelectedField } from "./selected-fields.ts";

type Variables = Readonly<Record<string, unknown>>;

/**
 * How many values an answer may hold: each object and each leaf is one, `__typename` and what is refused included, and
 * lists multiply what is selected of them as they do for the cost. That says what an answer costs the router itself, to
 * whom a thousand aliases of a name are a thousand names. Of the types an object may have, the largest counts.
 * @param variables for lists their lengths
 * @throws Refusal ADMIT_SLICING_ARGUMENT
 */
export function valuesOf(
  fields: readonly SelectedField[],
  root: GraphQLObjectType,
  variables: Variables,
  model: CostModel,
): number {
  const values = new Values(model, variables).fieldsOf(fields, root, undefined);
  return Math.min(values, Number.MAX_SAFE_INTEGER);
}

class Values {
  readonly #model: CostModel;
  readonly #variables: Variables;
  readonly #known = new Map<readonly SelectedField[], Map<string, number>>();

  constructor(model: CostModel, variables: Variables) {
    this.#model = model;
    this.#variables = variables;
  }

  fieldsOf(
    fields: readonly SelectedField[],
    type: GraphQLObjectType,
    sized: Sized | undefined,
  ): number {
    let values = 0;
    for (const field of fields) {
      if (field.on?.has(type.name) === false || !isIncluded(field, this.#variables)) continue;
      values += this.#fieldOf(field, type, sized);
    }
    return values;
  }

  #fieldOf(field: SelectedField, parent: GraphQLObjectType, sized: Sized | undefined): number {
    const definition = parent.getFields()[field.name] ?? introspectionField(field.name);
    if (field.refused || definition === undefined) return 1;
    const { count, inside } = this.#lengthOf(field, parent, definition, sized);
    if (count === 0) return 1;
    return count * this.#oneOf(field.fields, getNamedType(definition.type), inside);
  }

  #lengthOf(
    { name, arguments: given }: SelectedField,
    parent: GraphQLObjectType,
    definition: GraphQLField<unknown, unknown>,
    sized: Sized | undefined,
  ): { count: number; inside: Sized | undefined } {
    const { schema, table, listSize } = this.#model;
    const count = introspectionLength(schema, parent.name, name);
    if (count !== undefined) return { count, inside: undefined };
    const coordinate = `${parent.name}.${name}`;
    const variables = this.#variables;
    const length = listLength(coordinate, definition, given, variables, table, sized, listSize);
    const size = table.lists.get(coordinate);
    const keys =
      size === undefined || size.slicingArguments.length > 0
        ? undefined
        : keysGiven(definition, given, variables);
    return keys === undefined ? length : { ...length, count: Math.min(length.count, keys) };
  }

  /** One value that a field gives, with all that is selected of it. */
  #oneOf(
    fields: readonly SelectedField[],
    type: GraphQLNamedType,
    sized: Sized | undefined,
  ): number {
    if (!isCompositeType(type)) return 1;
    if (!isAbstractType(type)) return 1 + this.fieldsOf(fields, type, sized);
    let known = this.#known.get(fields);
    if (known === undefined) this.#known.set(fields, (known = new Map()));
    const place = `${type.name} ${sized?.length} ${[...(sized?.fields ?? [])].join(",")}`;
    let values = known.get(place);
    if (values === undefined) {
      const possible = this.#model.schema.getPossibleTypes(type);
      values = 1 + Math.max(0, ...possible.map((each) => this.fieldsOf(fields, each, sized)));
      known.set(place, values);
    }
    return values;
  }
}

/**
 * How many keys a look-up of many is given: a field whose one argument that must be given is a list brings no more than
 * one for each. The cost takes every such list to be as long as it may be, because callers must be able to work the cost
 * out from the schema; here that would refuse small questions for what large ones would bring.
 */
function keysGiven(
  { args, type }: GraphQLField<unknown, unknown>,
  given: readonly ArgumentNode[],
  variables: Variables,
): number | undefined {
  const list = isNonNullType(type) ? type.ofType : type;
  const [keys, second] = args.filter((each) => isNonNullType(each.type));
  if (!isListType(list) || keys === undefined || second !== undefined) return undefined;
  if (!isNonNullType(keys.type) || !isListType(keys.type.ofType)) return undefined;
  const value = given.find(({ name }) => name.value === keys.name)?.value;
  if (value?.kind === Kind.LIST) return value.values.length;
  if (value?.kind !== Kind.VARIABLE) return value === undefined ? undefined : 1;
  const length = variables[value.name.value];
  return typeof length === "number" ? length : undefined;
}
