import {
  getNamedType,
  isAbstractType,
  isCompositeType,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLObjectType,
} from "graphql";
import { argumentCost } from "./argument-cost.ts";
import { typeWeight, type CostModel } from "./cost-model.ts";
import type { SelectedField } from "./selected-fields.ts";

/** What is selected at one place of an answer, worked out for each type that is met there. */
export class AnswerShape {
  readonly model: CostModel;
  readonly #selected: readonly (readonly SelectedField[])[];
  readonly #fields = new Map<string, readonly AnswerField[]>();

  constructor(selected: readonly (readonly SelectedField[])[], model: CostModel) {
    this.#selected = selected;
    this.model = model;
  }

  /** The fields an object of this type has in the answer, each response key once. */
  of(type: GraphQLObjectType): readonly AnswerField[] {
    const known = this.#fields.get(type.name);
    if (known !== undefined) return known;
    const byKey = Map.groupBy(
      this.#selected.flat().filter(({ on }) => on?.has(type.name) !== false),
      ({ key }) => key,
    );
    const fields = [...byKey.values()].map((same) => this.#field(type, same));
    this.#fields.set(type.name, fields);
    return fields;
  }

  #field(parent: GraphQLObjectType, same: readonly SelectedField[]): AnswerField {
    const [first] = same;
    const { key, name, arguments: given } = first!;
    const definition = name.startsWith("__") ? undefined : parent.getFields()[name];
    const type = definition && getNamedType(definition.type);
    const coordinate = `${parent.name}.${name}`;
    const shape = new AnswerShape(
      same.map(({ fields }) => fields),
      this.model,
    );
    return {
      key,
      name,
      coordinate,
      definition,
      arguments: given,
      weight: this.model.table.fields.get(coordinate),
      gives: isCompositeType(type) ? { type, shape } : undefined,
      leaf: type === undefined || isCompositeType(type) ? 0 : typeWeight(type, this.model.table),
    };
  }
}

interface AnswerField {
  readonly key: string;
  readonly name: string;
  readonly coordinate: string;
  /** Undefined for introspection, which is free. */
  readonly definition: GraphQLField<unknown, unknown> | undefined;
  readonly arguments: SelectedField["arguments"];
  /** The field's own weight. */
  readonly weight: number | undefined;
  readonly gives: { type: GraphQLCompositeType; shape: AnswerShape } | undefined;
  /** What a value weighs that is no object. */
  readonly leaf: number;
}

type Variables = Readonly<Record<string, unknown>>;
type Data = Readonly<Record<string, unknown>>;

/** What one object of an answer cost, itself not included. */
export function actualCost(
  shape: AnswerShape,
  type: GraphQLObjectType,
  data: Data,
  variables: Variables,
): number {
  let cost = 0;
  for (const field of shape.of(type)) {
    if (field.definition === undefined || !Object.hasOwn(data, field.key)) continue;
    const values = valuesCost(field, data[field.key], variables);
    const { coordinate, definition, arguments: given } = field;
    const asking =
      given.length === 0
        ? 0
        : argumentCost(coordinate, definition, given, variables, shape.model.table);
    cost += Math.max(0, values + asking);
  }
  return cost;
}

function valuesCost(field: AnswerField, value: unknown, variables: Variables): number {
  if (value === null || value === undefined) return 0;
  if (field.gives === undefined && (field.weight ?? field.leaf) === 0) return 0;
  if (Array.isArray(value))
    return value.reduce<number>((sum, item) => sum + valuesCost(field, item, variables), 0);
  if (field.gives === undefined) return field.weight ?? field.leaf;
  const { type, shape } = field.gives;
  return Math.max(
    0,
    ...typesOf(shape, type, value as Data).map(
      (each) =>
        (field.weight ?? typeWeight(each, shape.model.table)) +
        actualCost(shape, each, value as Data, variables),
    ),
  );
}

/** The types an object of the answer can have: the one it names, or all that would have the fields it has. */
function typesOf(
  shape: AnswerShape,
  type: GraphQLCompositeType,
  data: Data,
): readonly GraphQLObjectType[] {
  if (!isAbstractType(type)) return [type];
  const possible = shape.model.schema.getPossibleTypes(type);
  return possible.filter((each) => {
    const fields = shape.of(each);
    const named = fields.find(({ name }) => name === "__typename");
    if (named !== undefined && typeof data[named.key] === "string")
      return data[named.key] === each.name;
    const keys = new Set(fields.map(({ key }) => key));
    return Object.keys(data).every((key) => keys.has(key));
  });
}
