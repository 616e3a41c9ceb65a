import {
  getNamedType,
  isAbstractType,
  isCompositeType,
  type GraphQLCompositeType,
  type GraphQLObjectType,
} from "graphql";
import { argumentCost, weighingArguments } from "./argument-cost.ts";
import { typeWeight, type CostModel } from "./cost-model.ts";
import type { SelectedField } from "./selected-fields.ts";

/** What is selected at one place of an answer, worked out for each type that is met there. */
export class AnswerShape {
  readonly model: CostModel;
  readonly #selected: readonly (readonly SelectedField[])[];
  readonly #objects = new Map<string, ObjectShape>();

  constructor(selected: readonly (readonly SelectedField[])[], model: CostModel) {
    this.#selected = selected;
    this.model = model;
  }

  /** What an object of this type has in the answer, each response key once. */
  of(type: GraphQLObjectType): ObjectShape {
    const known = this.#objects.get(type.name);
    if (known !== undefined) return known;
    const byKey = Map.groupBy(
      this.#selected.flat().filter(({ on }) => on?.has(type.name) !== false),
      ({ key }) => key,
    );
    const named = [...byKey].find(([, [first]]) => first?.name === "__typename");
    const shape: ObjectShape = {
      keys: new Set(byKey.keys()),
      typeKey: named?.[0],
      costing: [...byKey].flatMap(([key, same]) => this.#costing(type, key, same) ?? []),
    };
    this.#objects.set(type.name, shape);
    return shape;
  }

  /** Undefined for what costs nothing, whatever comes: introspection, and most of what is no object. */
  #costing(
    parent: GraphQLObjectType,
    key: string,
    same: readonly SelectedField[],
  ): CostingField | undefined {
    const { name, arguments: given } = same[0]!;
    const definition = name.startsWith("__") ? undefined : parent.getFields()[name];
    if (definition === undefined) return undefined;
    const { table } = this.model;
    const type = getNamedType(definition.type);
    const coordinate = `${parent.name}.${name}`;
    const asking = weighingArguments(coordinate, definition, given, table);
    const weight = table.fields.get(coordinate);
    if (!isCompositeType(type)) {
      const leaf = weight ?? typeWeight(type, table);
      return leaf === 0 && asking.length === 0 ? undefined : { key, asking, weight: leaf };
    }
    const selected = same.map(({ fields }) => fields);
    return { key, asking, weight, gives: { type, shape: new AnswerShape(selected, this.model) } };
  }
}

interface ObjectShape {
  readonly keys: ReadonlySet<string>;
  /** The response key under which it names its type. */
  readonly typeKey: string | undefined;
  readonly costing: readonly CostingField[];
}

/** What a field of an object costs, where it costs anything. */
export interface CostingField {
  readonly key: string;
  readonly asking: ReturnType<typeof weighingArguments>;
  /** The weight of each value; undefined: its type's. */
  readonly weight: number | undefined;
  /** Undefined where it gives no objects. */
  readonly gives?: { type: GraphQLCompositeType; shape: AnswerShape };
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
  for (const field of shape.of(type).costing) {
    if (!Object.hasOwn(data, field.key)) continue;
    const values = valuesCost(field, data[field.key], variables);
    const asking =
      field.asking.length === 0 ? 0 : argumentCost(field.asking, variables, shape.model.table);
    cost += Math.max(0, values + asking);
  }
  return cost;
}

function valuesCost(field: CostingField, value: unknown, variables: Variables): number {
  if (value === null || value === undefined) return 0;
  if (Array.isArray(value)) {
    let cost = 0;
    for (const item of value) cost += valuesCost(field, item, variables);
    return cost;
  }
  if (field.gives === undefined) return field.weight ?? 0;
  const { type, shape } = field.gives;
  const data = value as Data;
  const costAs = (each: GraphQLObjectType): number =>
    (field.weight ?? typeWeight(each, shape.model.table)) +
    actualCost(shape, each, data, variables);
  return isAbstractType(type)
    ? Math.max(0, ...typesOf(shape, type, data).map(costAs))
    : Math.max(0, costAs(type));
}

/** The types an object of the answer can have: the one it names, or all that would have the fields it has. */
function typesOf(
  shape: AnswerShape,
  type: GraphQLCompositeType,
  data: Data,
): readonly GraphQLObjectType[] {
  const possible = isAbstractType(type) ? shape.model.schema.getPossibleTypes(type) : [type];
  return possible.filter((each) => {
    const { keys, typeKey } = shape.of(each);
    if (typeKey !== undefined && typeof data[typeKey] === "string")
      return data[typeKey] === each.name;
    return Object.keys(data).every((key) => keys.has(key));
  });
}
