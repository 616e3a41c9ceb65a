import { GraphQLString, GraphQLScalarType } from "graphql";
import { expect, it } from "vitest";
import { leafText } from "./leaf-text.ts";

const TEXTS = [
  "",
  "Nguyễn Thị Ân",
  'a "quote"',
  "a\\b",
  ...Array.from({ length: 0x30 }, (_, code) => `${String.fromCharCode(code)}x`),
  "\u007f\u0080\u2028\u2029\ufeff\uffff",
  "\ud800",
  "\udc00\ud800",
  "😀",
  "é".repeat(39),
  "é".repeat(41),
  `${"é".repeat(39)}"`,
];

it.each([GraphQLString, new GraphQLScalarType({ name: "Code" })])(
  "writes a text of %s as JSON.stringify does",
  (type) => {
    const text = leafText(type);
    for (const value of TEXTS) expect(text(value)).toBe(JSON.stringify(value));
  },
);
