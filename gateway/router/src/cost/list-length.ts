import { Refusal } from "@truc/contracts";
import {
  isListType,
  isNonNullType,
  valueFromASTUntyped,
  type ArgumentNode,
  type GraphQLField,
  type GraphQLOutputType,
} from "graphql";
import type { CostTable } from "./cost-table.ts";

/** What a field's `@listSize` says about the fields of the object it gives. */
export interface Sized {
  readonly fields: ReadonlySet<string>;
  readonly length: number;
}

/** How many objects a field is expected to give, and what it says about the lists inside. */
export interface ListLength {
  readonly count: number;
  readonly inside: Sized | undefined;
}

/**
 * @param outside what the field around it says
 * @param usual the length of a list that nothing is said about
 * @throws Refusal ADMIT_SLICING_ARGUMENT
 */
export function listLength(
  coordinate: string,
  field: GraphQLField<unknown, unknown>,
  given: readonly ArgumentNode[],
  variables: Readonly<Record<string, unknown>>,
  table: CostTable,
  outside: Sized | undefined,
  usual: number,
): ListLength {
  const size = table.lists.get(coordinate);
  let expected = size?.assumedSize;
  if (size !== undefined && size.slicingArguments.length > 0) {
    const slices = size.slicingArguments.flatMap(
      (name) => sliceOf(name, field, given, variables) ?? [],
    );
    if (size.requireOneSlicingArgument && slices.length !== 1) {
      throw new Refusal("ADMIT_SLICING_ARGUMENT", {
        sentence: `The field ${coordinate} needs exactly one of the arguments ${size.slicingArguments.join(", ")}.`,
      });
    }
    if (slices.length > 0) expected = Math.max(...slices);
  }
  const levels = listLevels(field.type);
  const own = outside?.fields.has(field.name) === true ? outside.length : (expected ?? usual);
  return {
    // Nothing can be said about lists within lists.
    count: levels === 0 ? 1 : own * usual ** (levels - 1),
    inside:
      size === undefined || expected === undefined || size.sizedFields.size === 0
        ? undefined
        : { fields: size.sizedFields, length: expected },
  };
}

/** How many one argument asks for: what is given, or its default where nothing is. Fewer than none is none. */
function sliceOf(
  name: string,
  { args }: GraphQLField<unknown, unknown>,
  given: readonly ArgumentNode[],
  variables: Readonly<Record<string, unknown>>,
): number | undefined {
  const argument = given.find((each) => each.name.value === name);
  let value = argument && (valueFromASTUntyped(argument.value, variables) as unknown);
  if (value === undefined) value = args.find((each) => each.name === name)?.defaultValue;
  return typeof value === "number" && Number.isFinite(value) ? Math.max(0, value) : undefined;
}

function listLevels(type: GraphQLOutputType): number {
  if (isNonNullType(type)) return listLevels(type.ofType);
  return isListType(type) ? 1 + listLevels(type.ofType) : 0;
}
