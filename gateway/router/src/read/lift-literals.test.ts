import { buildSchema, parse, validate } from "graphql";
import { expect, test } from "vitest";
import { liftLiterals } from "./lift-literals.ts";

const schema = buildSchema(`
  scalar Day
  enum Colour { RED GREEN }
  input Span { from: Int! to: Int = 9 names: [String!] day: Day colour: Colour id: ID inner: Span }
  input One @oneOf { id: ID name: String }
  type Thing { id: ID! size(unit: String = "m"): Float }
  type Query {
    a: Int
    given(n: Int, id: ID, must: ID!, s: String, f: Float, b: Boolean, c: Colour, list: [ID!], nested: [[String]], day: Day): String
    within(span: Span, one: One): Thing
  }
`);

function lifted(text: string) {
  const found = liftLiterals(text, parse(text), schema);
  if (found !== undefined) expect(validate(schema, parse(found.text))).toEqual([]);
  return found && { text: found.text, values: { ...found.values } };
}

test.each([
  [
    '{ given(must: "x") }',
    "query($literal_0: ID!) { given(must: $literal_0) }",
    { literal_0: "x" },
  ],
  [
    'query { given(must: "x", s: "x") }',
    "query($literal_0: ID! $literal_1: String) { given(must: $literal_0, s: $literal_1) }",
    { literal_0: "x", literal_1: "x" },
  ],
  [
    'query Named { a given(must: """\n  two\n  lines\n""") }',
    "query Named($literal_0: ID!) { a given(must: $literal_0) }",
    { literal_0: "two\nlines" },
  ],
  [
    'query Named ( $n: Int = 3 ) { given(n: $n, must: "\\u1ee9\\"") }',
    "query Named ( $literal_0: ID! $n: Int = 3 ) { given(n: $n, must: $literal_0) }",
    { literal_0: 'ứ"' },
  ],
  // What is asked for twice is asked for once, and so it stays.
  [
    '{ given(must: "x") ...F } fragment F on Query { given(must: "x") other: given(must: "y") }',
    "query($literal_0: ID! $literal_1: ID!) { given(must: $literal_0) ...F } fragment F on Query { given(must: $literal_0) other: given(must: $literal_1) }",
    { literal_0: "x", literal_1: "y" },
  ],
  [
    '{ given(must: "x", list: ["a", 7, "b"], nested: [["c", null], null], n: 4, b: true, c: RED, f: 1.5, day: 3) }',
    "query($literal_0: ID! $literal_1: [ID!] $literal_2: [[String]]) { given(must: $literal_0, list: $literal_1, nested: $literal_2, n: 4, b: true, c: RED, f: 1.5, day: 3) }",
    { literal_0: "x", literal_1: ["a", "7", "b"], literal_2: [["c", null], null] },
  ],
  [
    '{ within(span: {from: 1, names: ["a"], day: "d", colour: RED, id: 7, inner: {from: 2}}) { id size(unit: "km") } }',
    "query($literal_0: Span $literal_1: String) { within(span: $literal_0) { id size(unit: $literal_1) } }",
    {
      literal_0: {
        from: 1,
        names: ["a"],
        day: "d",
        colour: "RED",
        id: "7",
        inner: { from: 2 },
      },
      literal_1: "km",
    },
  ],
])("texts become variables: %s", (text, expected, values) => {
  expect(lifted(text)).toEqual({ text: expected, values });
});

test.each([
  // Nothing to lift.
  "{ a }",
  "{ given(n: 1, must: 7, b: true, c: GREEN) }",
  'query ($s: String = "x") { given(must: 1, s: $s) }',
  "{ given(must: 1, s: null) }",
  // What decides what is asked for.
  'query Q @skip(if: "x") { a }',
  // No variable could say the same.
  'query ($id: ID!) { given(must: 1, list: ["a", $id]) }',
  '{ within(one: {id: "x"}) { id } }',
  '{ given(must: 1, list: "one") }',
  '{ given(must: 1, day: [9007199254740993, "x"]) }',
  '{ given(must: 1, day: {any: "x"}) }',
  // Not valid: that is said of the text as it is.
  '{ given(must: 1, n: "1") }',
  // Variables may not nest so deep.
  `{ within(span: ${'{from: 1, names: ["a"], inner: '.repeat(70)}null${"}".repeat(70)}) { id } }`,
  '{ given(must: 1, list: ["a", 1.5]) }',
  '{ given(must: 1, list: ["a", null]) }',
  '{ within(span: {names: ["a"]}) { id } }',
  '{ within(span: {from: 1, names: ["a"], more: 1}) { id } }',
  '{ within(span: {from: 1, from: 2, names: ["a"]}) { id } }',
  '{ within(span: {from: 3000000000, names: ["a"]}) { id } }',
  '{ within(span: {from: 1, names: ["a"], __proto__: {to: 1}}) { id } }',
  '{ gone(must: "x") }',
  '{ given(gone: "x", must: 1) }',
  // Not one operation, or one that has such names itself.
  'query A { given(must: "x") } query B { a }',
  'fragment F on Query { given(must: "x") }',
  'query ($literal_0: Int) { given(must: "x", n: $literal_0) }',
])("all else stays as it is: %s", (text) => {
  expect(lifted(text)).toBeUndefined();
});
