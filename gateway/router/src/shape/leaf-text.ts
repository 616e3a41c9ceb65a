import {
  GraphQLBoolean,
  GraphQLFloat,
  GraphQLID,
  GraphQLInt,
  GraphQLScalarType,
  GraphQLString,
  isEnumType,
  type GraphQLLeafType,
} from "graphql";

import { octetsOf } from "../splice/octets.ts";

/** The form in which values of a leaf type nearly always come, and are written as they are. */
export type LeafForm = "text" | "int" | "float" | "boolean" | "enum" | "any" | "other";

export function leafForm(type: GraphQLLeafType): LeafForm {
  if (type === GraphQLString || type === GraphQLID) return "text";
  if (type === GraphQLInt) return "int";
  if (type === GraphQLFloat) return "float";
  if (type === GraphQLBoolean) return "boolean";
  if (isEnumType(type)) return "enum";
  // A custom scalar of a supergraph has nothing of its own to say: any JSON value is one of its values.
  return type.serialize === ANY_VALUE ? "any" : "other";
}

/** The JSON texts of an enum's values. */
export function enumTexts(type: GraphQLLeafType): ReadonlyMap<unknown, string> {
  const values = isEnumType(type) ? type.getValues() : [];
  return new Map(values.map(({ name, value }) => [value, JSON.stringify(name)]));
}

/**
 * The JSON text of a leaf's value, as the type's own `serialize` has it.
 * @param value neither null nor undefined
 * @throws what `serialize` throws
 */
export function leafText(type: GraphQLLeafType, value: unknown): string {
  const result: unknown = type.serialize(value);
  if (result === null || result === undefined)
    throw new Error(`${type.name} cannot represent a value that is not null.`);
  return JSON.stringify(result);
}

/** What a scalar without a `serialize` of its own has: it gives back what it is given. */
const ANY_VALUE = new GraphQLScalarType({ name: "Any" }).serialize;

/** A text's JSON as an octet text. */
export function quoted(text: string): string {
  return octetsOf(JSON.stringify(text));
}

/** Up to this length a look at each character is cheaper than JSON.stringify. */
const SHORT = 40;

/** Whether a text is short, and its own octet text and JSON text between quotes. */
export function isPlain(text: string): boolean {
  const { length } = text;
  if (length > SHORT) return false;
  for (let index = 0; index < length; index++) {
    const code = text.charCodeAt(index);
    if (code < 0x20 || code > 0x7e || code === 0x22 || code === 0x5c) return false;
  }
  return true;
}
