import { isEnumType, type GraphQLLeafType } from "graphql";
import { leafForm, leafText } from "../shape/leaf-text.ts";
import { octetsOf } from "./octets.ts";

/** A text that needs no escape, in octets. */
export const PLAIN_TEXT = String.raw`[^"\\\u0000-\u001f]*`;
/** The same in letters that are one octet each: it is taken as it stands. */
export const ASCII_TEXT = String.raw`[^"\\\u0000-\u001f\u0080-\u00ff]*`;
const PLAIN = `"${PLAIN_TEXT}"`;
/** What is within the bounds of Int whatever its digits are, and is written as it stands. */
const INT = String.raw`(?:0|-?[1-9]\d{0,8})`;
/** What no binary number rounds, and needs no exponent: it is written as it stands. */
const DECIMAL = String.raw`(?:-?(?:0|[1-9]\d{0,8})\.\d{0,5}[1-9]|${INT})`;
/** More names than this are looked up rather than compared one after the other. */
const MAX_NAMES = 40;

/**
 * A regular expression's source for the texts in which values of a leaf type nearly always come, when they are what the
 * answer would say; what it does not match may be one too. Undefined where there is no such text.
 */
export function leafPattern(type: GraphQLLeafType, nullable: boolean): string | undefined {
  const pattern = presentPattern(type);
  return pattern === undefined || !nullable ? pattern : `(?:${pattern}|null)`;
}

function presentPattern(type: GraphQLLeafType): string | undefined {
  switch (leafForm(type)) {
    case "text":
      return PLAIN;
    case "int":
      return INT;
    case "float":
      return DECIMAL;
    case "boolean":
      return "(?:true|false)";
    case "any":
      return `(?:${PLAIN}|${DECIMAL}|true|false)`;
    case "enum":
      return enumPattern(type);
    case "other":
      return undefined;
  }
}

function enumPattern(type: GraphQLLeafType): string | undefined {
  const values = isEnumType(type) ? type.getValues() : [];
  if (values.length > MAX_NAMES || values.some(({ name, value }) => name !== value))
    return undefined;
  return `"(?:${values.map(({ name }) => name).join("|")})"`;
}

/** Whether a text that needs no escape is a value of the type, whatever it says. */
export function takesTexts(type: GraphQLLeafType): boolean {
  const form = leafForm(type);
  return form === "text" || form === "any";
}

/** What stands in the answer for a parsed value, as an octet text; undefined where that is an error. */
export type WriteLeaf = (value: unknown) => string | undefined;

/** As the answer's own writer has it: what is no value of its type is an error, which is not told here. */
export function leafWriter(type: GraphQLLeafType, nullable: boolean): WriteLeaf {
  return (value) => {
    if (value === null) return nullable ? "null" : undefined;
    try {
      return octetsOf(leafText(type, value));
    } catch {
      return undefined;
    }
  };
}

/** Whether the text of a leaf type's values can be known at all: not where the type has a way of its own. */
export function isKnownLeaf(type: GraphQLLeafType): boolean {
  return leafForm(type) !== "other";
}

/** As it stands in a regular expression. */
export function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);
}
