import {
  getNamedType,
  isInputObjectType,
  valueFromASTUntyped,
  type ArgumentNode,
  type GraphQLField,
  type GraphQLInputType,
} from "graphql";
import type { CostTable } from "./cost-table.ts";

/** An argument whose value can cost something. */
interface WeighingArgument {
  readonly node: ArgumentNode;
  readonly type: GraphQLInputType;
  /** The argument's own weight. */
  readonly own: number | undefined;
}

/** Those of a field's arguments that can cost anything at all: most cannot, whatever their values. */
export function weighingArguments(
  coordinate: string,
  field: GraphQLField<unknown, unknown>,
  given: readonly ArgumentNode[],
  table: CostTable,
): readonly WeighingArgument[] {
  return given.flatMap((node) => {
    const type = field.args.find(({ name }) => name === node.name.value)?.type;
    if (type === undefined) return [];
    const own = table.arguments.get(`${coordinate}(${node.name.value}:)`);
    const named = getNamedType(type);
    const weighs = own !== undefined || table.types.has(named.name) || isInputObjectType(named);
    return weighs ? [{ node, type, own }] : [];
  });
}

/**
 * What arguments cost: an input object weighs 1 and what its fields weigh, anything else nothing, unless `@cost` on the
 * argument, the input field or their type says so. A weight counts for a list and for each of its values.
 */
export function argumentCost(
  weighing: readonly WeighingArgument[],
  variables: Readonly<Record<string, unknown>>,
  table: CostTable,
): number {
  let cost = 0;
  for (const { node, type, own } of weighing)
    cost += valueCost(valueFromASTUntyped(node.value, variables), type, own, table);
  return cost;
}

function valueCost(
  value: unknown,
  type: GraphQLInputType,
  own: number | undefined,
  table: CostTable,
): number {
  if (value === null || value === undefined) return 0;
  const named = getNamedType(type);
  const weight = own ?? table.types.get(named.name);
  if (Array.isArray(value)) {
    return value.reduce<number>(
      (sum, item) => sum + valueCost(item, named, own, table),
      weight ?? 0,
    );
  }
  if (!isInputObjectType(named)) return weight ?? 0;
  const fields = named.getFields();
  let cost = weight ?? 1;
  for (const [name, inner] of Object.entries(value)) {
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (field === undefined) continue;
    cost += valueCost(inner, field.type, table.fields.get(`${named.name}.${name}`), table);
  }
  return cost;
}
