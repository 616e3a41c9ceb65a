import {
  coerceInputValue,
  type GraphQLInputType,
  isLeafType,
  isListType,
  isNonNullType,
} from "graphql";

/** Coerces a value of one input type as graphql-js does. @throws where it does not fit, or only graphql-js knows */
export type ReadInput = (value: unknown) => unknown;

/** Which place it is and why is for graphql-js to say, so this one says nothing and has no stack. */
const UNFIT: unknown = Object.freeze({ name: "Unfit" });

/**
 * Looks at a type once, in place of once for each value. A value that stands for a list of one, and lists that are no
 * arrays, are left to graphql-js.
 */
export function inputReader(type: GraphQLInputType): ReadInput {
  if (isNonNullType(type)) {
    const read = inputReader(type.ofType);
    return (value) => read(value ?? unfit());
  }
  const read = readerOfValues(type);
  return (value) => (value == null ? null : read(value));
}

function readerOfValues(type: Exclude<GraphQLInputType, { ofType: never }>): ReadInput {
  if (isListType(type)) {
    const read = inputReader(type.ofType);
    // Holes are read as undefined too, which `map` would leave out.
    return (value) => (Array.isArray(value) ? Array.from(value, (item) => read(item)) : unfit());
  }
  if (isLeafType(type)) {
    return (value) => {
      const read = type.parseValue(value);
      return read === undefined ? unfit() : read;
    };
  }
  return (value) => coerceInputValue(value, type, unfit);
}

function unfit(): never {
  throw UNFIT;
}
