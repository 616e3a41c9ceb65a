import { buildSchema, getVariableValues, parse, type OperationDefinitionNode } from "graphql";
import { Refusal } from "@truc/contracts";
import { expect, test } from "vitest";
import { VariableValues } from "./variable-values.ts";

const SCHEMA = buildSchema(`
  enum Colour { RED GREEN }
  input Span { from: Int! to: Int = 9 colour: Colour names: [String!] }
  type Query { a(n: Int): Int }
`);

const DEFINITIONS = [
  "",
  "($n: Int)",
  "($n: Int!)",
  "($n: Int = 3)",
  "($n: Int! = 3, $m: Int)",
  "($n: [Int!]! = [1], $m: [[Colour]])",
  "($n: Span = { from: 1 }, $m: Span!)",
  "($n: ID, $m: Float!, $constructor: String)",
  "($n: Boolean = true, $toString: Colour = RED)",
  "($n: Int, $n: String)",
  "($n: Query)",
  "($n: Missing)",
] as const;

const VALUES: readonly unknown[] = [
  undefined,
  null,
  0,
  -1,
  1.5,
  2 ** 40,
  "",
  "1",
  "RED",
  "BLUE",
  true,
  [],
  [1],
  [null],
  [[1]],
  ["RED", null],
  [["GREEN"]],
  {},
  { from: 1 },
  { from: null },
  { from: 1, to: null, more: 2 },
  { from: 2, names: ["x"], colour: "GREEN" },
  { from: 2, names: [null] },
];

test.each(DEFINITIONS)("variables are coerced as graphql-js does it: %s", (definitions) => {
  const operation = parse(`query ${definitions} { a }`).definitions[0] as OperationDefinitionNode;
  const values = new VariableValues(SCHEMA, operation);
  for (const n of VALUES)
    for (const m of VALUES) {
      const sent = Object.fromEntries(
        Object.entries({ n, m, constructor: m, toString: n }).filter(
          ([, value]) => value !== undefined,
        ),
      );
      const { coerced } = getVariableValues(SCHEMA, operation.variableDefinitions ?? [], sent);
      if (coerced === undefined) expect(() => values.of(sent)).toThrow(Refusal);
      else expect(values.of(sent)).toEqual(coerced);
      if (coerced !== undefined) expect(Object.getPrototypeOf(values.of(sent))).toBeNull();
    }
});

test("what is nested too deep is not looked at any closer", () => {
  const operation = parse("query ($n: Int) { a(n: $n) }").definitions[0] as OperationDefinitionNode;
  const deep = Array.from({ length: 65 }).reduce<object>((inner) => [inner], {});
  expect(() => new VariableValues(SCHEMA, operation).of({ other: deep })).toThrow(
    "The variables are nested too deep.",
  );
});
