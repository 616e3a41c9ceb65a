import {
  GraphQLBoolean,
  type GraphQLEnumType,
  GraphQLFloat,
  GraphQLInt,
  type GraphQLScalarType,
  GraphQLString,
  isEnumType,
} from "graphql";

/** Writes a value that is not null as JSON. @throws where its type has no such value */
export type LeafText = (value: unknown) => string;

/** How the values of a scalar or an enum are written, as graphql-js and JSON.stringify together write them. */
export function leafText(type: GraphQLScalarType | GraphQLEnumType): LeafText {
  const anyValue: LeafText = (value) => {
    const serialized = type.serialize(value) as unknown;
    if (serialized == null)
      throw new Error(`Expected ${type.name} to give a value that is not null`);
    return JSON.stringify(serialized) ?? "null";
  };
  if (isEnumType(type)) return enumText(type, anyValue);
  switch (type.serialize) {
    case GraphQLString.serialize:
      return (value) => (typeof value === "string" ? JSON.stringify(value) : anyValue(value));
    case GraphQLInt.serialize:
      return (value) =>
        typeof value === "number" && (value | 0) === value ? `${value}` : anyValue(value);
    case GraphQLFloat.serialize:
      return (value) =>
        typeof value === "number" && Number.isFinite(value) ? `${value}` : anyValue(value);
    case GraphQLBoolean.serialize:
      return (value) => (value === true ? "true" : value === false ? "false" : anyValue(value));
    default:
      return anyValue;
  }
}

function enumText(type: GraphQLEnumType, anyValue: LeafText): LeafText {
  const texts = new Map(
    type.getValues().map(({ name, value }) => [value as unknown, JSON.stringify(name)]),
  );
  return (value) => texts.get(value) ?? anyValue(value);
}
