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

/** Beyond this many characters JSON.stringify is quicker. */
const SHORT = 40;
const SPACE = 0x20;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SURROGATES = 0xd800;

/** A text as JSON.stringify writes it, whose call costs more than a look at each of a few characters. */
function textOf(value: string): string {
  if (value.length > SHORT) return JSON.stringify(value);
  for (let at = 0; at < value.length; at++) {
    const code = value.charCodeAt(at);
    if (code < SPACE || code === QUOTE || code === BACKSLASH || code >= SURROGATES)
      return JSON.stringify(value);
  }
  return `"${value}"`;
}

/** How the values of a scalar or an enum are written, as graphql-js and JSON.stringify together write them. */
export function leafText(type: GraphQLScalarType | GraphQLEnumType): LeafText {
  const anyValue: LeafText = (value) => {
    const serialized = type.serialize(value) as unknown;
    if (serialized == null)
      throw new Error(`Expected ${type.name} to give a value that is not null`);
    return typeof serialized === "string"
      ? textOf(serialized)
      : (JSON.stringify(serialized) ?? "null");
  };
  if (isEnumType(type)) return enumText(type, anyValue);
  switch (type.serialize) {
    case GraphQLString.serialize:
      return (value) => (typeof value === "string" ? textOf(value) : anyValue(value));
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
