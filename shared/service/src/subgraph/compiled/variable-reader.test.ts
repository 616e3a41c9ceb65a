import fc from "fast-check";
import { buildSchema, getVariableValues, type OperationDefinitionNode, parse } from "graphql";
import { expect, test } from "vitest";
import { VariableReader } from "./variable-reader.ts";

const SCHEMA = buildSchema(/* GraphQL */ `
  enum Kind {
    ROUND
    FLAT
  }
  scalar Free
  input Size {
    width: Int!
    kinds: [Kind!] = [FLAT]
    inner: Size
  }
  type Query {
    a: Int
  }
`);
const TYPES = [
  "Int",
  "Int!",
  "String",
  "ID!",
  "Boolean",
  "Float!",
  "Kind",
  "[Kind!]!",
  "[[Int!]]",
  "[Free!]!",
  "Free",
  "Size",
  "[Size!]",
  "Query",
];
/** A value that fits, so that not nearly all are wrong. */
const FITTING: Record<string, unknown> = {
  Int: 7,
  "Int!": 7,
  String: "ROUND",
  "ID!": "7",
  Boolean: true,
  "Float!": -2.5,
  Kind: "ROUND",
  "[Kind!]!": ["ROUND", "FLAT"],
  "[[Int!]]": [[1], null],
  "[Free!]!": [{ width: 1 }],
  Free: {},
  Size: { width: 1 },
  "[Size!]": [{ width: 2, kinds: ["ROUND"] }],
};
const DEFAULTS: Record<string, string> = { Int: "3", Kind: "FLAT", "[[Int!]]": "[[1], null]" };

const leaf = fc.constantFrom<unknown>(
  null,
  true,
  0,
  7,
  -2.5,
  2 ** 40,
  "7",
  "",
  "ROUND",
  "OTHER",
  "__proto__",
  {},
  [],
  { width: 1 },
  { width: "1", kinds: "ROUND" },
  { width: 2, inner: { width: null } },
  { wide: 1 },
);
const value = fc.oneof(
  leaf,
  fc.array(fc.oneof(leaf, fc.array(leaf, { maxLength: 2 })), { maxLength: 3 }),
);
const variables = fc.uniqueArray(
  fc
    .record({
      fits: fc.boolean(),
      name: fc.constantFrom("a", "b", "toString", "constructor"),
      type: fc.constantFrom(...TYPES),
      hasDefault: fc.boolean(),
      given: fc.option(value, { nil: undefined }),
    })
    .map((each) => (each.fits ? { ...each, given: FITTING[each.type] } : each)),
  { maxLength: 3, selector: ({ name }) => name },
);

test("variables are what graphql-js makes of them, or wrong in its words", () => {
  let right = 0;
  fc.assert(
    fc.property(variables, (all) => {
      const definitions = all.map(({ name, type, hasDefault }) => {
        const otherwise = hasDefault ? DEFAULTS[type] : undefined;
        return `$${name}: ${type}${otherwise === undefined ? "" : ` = ${otherwise}`}`;
      });
      const text = `query${definitions.length > 0 ? `(${definitions.join()})` : ""} { a }`;
      const [operation] = parse(text).definitions as [OperationDefinitionNode];
      const given = Object.fromEntries(
        all.flatMap((each) => (each.given === undefined ? [] : [[each.name, each.given]])),
      );
      const options = { maxErrors: 10, hideSuggestions: true };
      const nodes = operation.variableDefinitions ?? [];
      const expected = getVariableValues(SCHEMA, nodes, given, options);
      const read = new VariableReader(SCHEMA, nodes).read(given);
      expect(read.coerced).toEqual(expected.coerced);
      expect(read.errors?.map(({ message }) => message)).toEqual(
        expected.errors?.map(({ message }) => message),
      );
      if (read.coerced !== undefined && all.length > 0) right += 1;
    }),
    { numRuns: 3_000 },
  );
  expect(right).toBeGreaterThan(300);
});

test("a list of which something is wrong is not taken for one without it", () => {
  const [operation] = parse("query($a: [Int!]!) { a }").definitions as [OperationDefinitionNode];
  const reader = new VariableReader(SCHEMA, operation.variableDefinitions ?? []);
  expect(reader.read({ a: [1, 2] }).coerced).toEqual({ a: [1, 2] });
  for (const a of [[1, null], [1, "2"], 1.5, { 0: 1 }, null])
    expect(reader.read({ a }).errors).toHaveLength(1);
  expect(reader.read({ a: 1 }).coerced).toEqual({ a: [1] });
  expect(reader.read({}).errors).toHaveLength(1);
});
