import {
  getNamedType,
  isAbstractType,
  isCompositeType,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLObjectType,
} from "graphql";
import { argumentCost, weighingArguments } from "./argument-cost.ts";
import { typeWeight, type CostModel } from "./cost-model.ts";
import { listLength, type Sized } from "./list-length.ts";
import { isIncluded, type SelectedField } from "./selected-fields.ts";

/**
 * What selections cost at most, as long as lists are no longer than the schema says.
 * @throws Refusal ADMIT_SLICING_ARGUMENT
 */
export function estimateOf(
  fields: readonly SelectedField[],
  root: GraphQLObjectType,
  variables: Readonly<Record<string, unknown>>,
  model: CostModel,
): number {
  return new Estimate(model, variables).fieldsOf(fields, root, undefined);
}

/** One estimate: selections are judged once for each type they may stand on. */
class Estimate {
  readonly #model: CostModel;
  readonly #variables: Readonly<Record<string, unknown>>;
  readonly #known = new Map<readonly SelectedField[], Map<string, number>>();

  constructor(model: CostModel, variables: Readonly<Record<string, unknown>>) {
    this.#model = model;
    this.#variables = variables;
  }

  fieldsOf(
    fields: readonly SelectedField[],
    type: GraphQLObjectType,
    sized: Sized | undefined,
  ): number {
    let cost = 0;
    for (const field of fields) {
      if (field.on?.has(type.name) === false || !isIncluded(field, this.#variables)) continue;
      cost += this.#fieldOf(field, type, sized);
    }
    return cost;
  }

  #fieldOf(field: SelectedField, parent: GraphQLObjectType, sized: Sized | undefined): number {
    const definition: GraphQLField<unknown, unknown> | undefined = parent.getFields()[field.name];
    if (field.name.startsWith("__") || definition === undefined) return 0;
    const { table, listSize } = this.#model;
    const coordinate = `${parent.name}.${field.name}`;
    const { count, inside } = listLength(
      coordinate,
      definition,
      field.arguments,
      this.#variables,
      table,
      sized,
      listSize,
    );
    const one = this.#objectOf(
      field,
      getNamedType(definition.type),
      table.fields.get(coordinate),
      inside,
    );
    const weighing = weighingArguments(coordinate, definition, field.arguments, table);
    const asking = argumentCost(weighing, this.#variables, table);
    // Nothing makes up for what something else costs; and no list of no length times no bound.
    return Math.max(0, (count === 0 ? 0 : count * one) + asking);
  }

  /** One object that a field gives, with all that is selected of it. @param own the field's own weight, if any */
  #objectOf(
    { fields }: SelectedField,
    type: GraphQLNamedType,
    own: number | undefined,
    sized: Sized | undefined,
  ): number {
    const { schema, table } = this.#model;
    if (!isCompositeType(type)) return own ?? typeWeight(type, table);
    if (!isAbstractType(type))
      return (own ?? typeWeight(type, table)) + this.fieldsOf(fields, type, sized);
    let known = this.#known.get(fields);
    if (known === undefined) this.#known.set(fields, (known = new Map()));
    const place = `${type.name} ${own} ${sized?.length} ${[...(sized?.fields ?? [])].join(",")}`;
    let cost = known.get(place);
    if (cost === undefined) {
      const possible = schema.getPossibleTypes(type);
      cost = Math.max(
        0,
        ...possible.map(
          (each) => (own ?? typeWeight(each, table)) + this.fieldsOf(fields, each, sized),
        ),
      );
      known.set(place, cost);
    }
    return cost;
  }
}
