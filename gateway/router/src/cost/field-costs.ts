import { getNamedType, isAbstractType, isCompositeType, type GraphQLObjectType } from "graphql";
import { argumentCost, weighingArguments } from "./argument-cost.ts";
import { typeWeight, type CostModel } from "./cost-model.ts";
import { listLength, type Sized } from "./list-length.ts";
import { isIncluded, type SelectedField } from "./selected-fields.ts";

/** How often a selection is carried out on objects of one type, at most. */
interface Place {
  readonly times: number;
  readonly sized: Sized | undefined;
}

/**
 * What each field of an operation adds to its estimate by itself, the lists around it multiplied in: without what is
 * selected below it. Where an object can be of several types, the dearest of each field counts, so that the sum is the
 * estimate or more.
 * @returns the cost by response path, its keys as a JSON list
 */
export function fieldCosts(
  fields: readonly SelectedField[],
  root: GraphQLObjectType,
  variables: Readonly<Record<string, unknown>>,
  model: CostModel,
): ReadonlyMap<string, number> {
  const costs = new Map<string, number>();
  const walk = (
    selected: readonly SelectedField[],
    parents: ReadonlyMap<GraphQLObjectType, Place>,
    path: readonly string[],
  ): void => {
    for (const field of selected) {
      if (!isIncluded(field, variables)) continue;
      const inner = [...path, field.key];
      const place = JSON.stringify(inner);
      const objects = new Map<GraphQLObjectType, Place>();
      for (const [parent, at] of parents) {
        if (field.on?.has(parent.name) === false) continue;
        const own = ownCost(field, parent, at, variables, model, objects);
        costs.set(place, Math.max(costs.get(place) ?? 0, own));
      }
      if (objects.size > 0) walk(field.fields, objects, inner);
    }
  };
  walk(fields, new Map([[root, { times: 1, sized: undefined }]]), []);
  return costs;
}

/** @param objects what the field gives, added to */
function ownCost(
  field: SelectedField,
  parent: GraphQLObjectType,
  { times, sized }: Place,
  variables: Readonly<Record<string, unknown>>,
  model: CostModel,
  objects: Map<GraphQLObjectType, Place>,
): number {
  const definition = field.name.startsWith("__") ? undefined : parent.getFields()[field.name];
  if (definition === undefined) return 0;
  const { schema, table, listSize } = model;
  const coordinate = `${parent.name}.${field.name}`;
  const given = field.arguments;
  const length = listLength(coordinate, definition, given, variables, table, sized, listSize);
  const count = times * length.count;
  const type = getNamedType(definition.type);
  const possible = isAbstractType(type)
    ? schema.getPossibleTypes(type)
    : isCompositeType(type)
      ? [type]
      : [];
  for (const each of possible) {
    const known = objects.get(each);
    if (known === undefined || known.times < count)
      objects.set(each, { times: count, sized: length.inside });
  }
  const weight =
    table.fields.get(coordinate) ??
    Math.max(...(possible.length > 0 ? possible : [type]).map((each) => typeWeight(each, table)));
  const weighing = weighingArguments(coordinate, definition, given, table);
  const asking = argumentCost(weighing, variables, table);
  return Math.min(Math.max(0, count * weight + times * asking), Number.MAX_SAFE_INTEGER);
}
