import { buildSchema, parse } from "graphql";
import { expect, test } from "vitest";
import { Costs } from "../cost/costs.ts";
import { FieldErrors } from "../execute/field-errors.ts";
import { adopt, type ResultMap } from "../execute/merge.ts";
import type { Plan } from "../plan.ts";
import type { Completed } from "./completed.ts";
import { WrittenData } from "./written-data.ts";
import { writerFor } from "./writers.ts";

const api = buildSchema(`
  interface Thing { name: String }
  type Cheap implements Thing { name: String }
  type Dear implements Thing { name: String }
  type Query { things: [Thing!] greeting(times: Int! = 1): String again: Query }
`);
const table = { fields: new Map(), arguments: new Map(), lists: new Map() };
const supergraph = { api, costs: { ...table, types: new Map([["Dear", 7]]) } };
const costs = new Costs(20, 100_000);

function planOf(text: string, values: Record<string, unknown> = {}): Plan {
  const document = parse(text);
  const operation = { document, name: null, variables: values, values, supergraph };
  const refused = { refused: new Set(), refusals: [], hidden: new Set() };
  const filtered = { document, asked: document, ...refused };
  return { operation, filtered, apart: undefined } as unknown as Plan;
}

function written(plan: Plan, data: unknown): Completed {
  const errors = new FieldErrors({ apart: undefined, subjects: undefined });
  const write = writerFor(plan, costs)!;
  return write({ data: adopt(data) as ResultMap, errors, withheld: new Set() });
}

function textOf({ data }: Completed): string | undefined {
  return data instanceof WrittenData ? data.text : undefined;
}

test.each([
  ["{ __schema { queryType { name } } }", {}],
  [
    '{ again { again { greeting ...F } } } fragment F on Query { __type(name: "Cheap") { name } }',
    {},
  ],
  ["query ($yes: Boolean = true) { greeting @include(if: $yes) }", { yes: null }],
])("graphql-js completes %s", (text, values) => {
  expect(writerFor(planOf(text, values), costs)).toBeUndefined();
});

test("conditions are the request's own, whoever asked the same operation before", () => {
  const text =
    "query ($a: Boolean!, $b: Boolean!) { x: greeting @include(if: $a) y: greeting @skip(if: $b) __typename }";
  const plan = planOf(text);
  const answers = [true, false].flatMap((a) =>
    [true, false].map((b) => {
      const operation = { ...plan.operation, values: { a, b } };
      return textOf(written({ ...plan, operation } as unknown as Plan, { x: "X", y: "Y" }));
    }),
  );
  expect(answers).toEqual([
    '{"x":"X","__typename":"Query"}',
    '{"x":"X","y":"Y","__typename":"Query"}',
    '{"__typename":"Query"}',
    '{"y":"Y","__typename":"Query"}',
  ]);
});

test("an argument that must not be null fails its field, whatever was fetched", () => {
  const plan = planOf("query ($n: Int = 1) { greeting(times: $n) again { greeting } }", {
    n: null,
  });
  const answer = written(plan, { greeting: "hello", again: { greeting: "hello" } });
  expect(textOf(answer)).toBe('{"greeting":null,"again":{"greeting":"hello"}}');
  expect(answer.failures.map(({ message, path }) => [message, path])).toEqual([
    ['Argument "times" of non-null type "Int!" must not be null.', ["greeting"]],
  ]);
});

test("an object costs what its type does, whether the caller asks for the type's name or not", () => {
  const things = [
    { __typename: "Cheap", name: "a" },
    { __typename: "Dear", name: "b" },
  ];
  const answer = written(planOf("{ things { name } }"), { things });
  expect(textOf(answer)).toBe('{"things":[{"name":"a"},{"name":"b"}]}');
  expect(answer.data).toMatchObject({ cost: 8 });
});

test("an object whose type nobody knows costs what the dearest does that it can be", () => {
  const plan = planOf("{ things { name } }");
  const { data } = written(plan, { things: [{ name: "a" }, { name: "b" }] });
  expect(data).toMatchObject({ text: '{"things":[{"name":"a"},{"name":"b"}]}', cost: undefined });
  const { operation, filtered } = plan;
  const cost = costs.of(operation.supergraph, filtered.document!, null);
  expect(cost.actual(data as WrittenData, {})).toBe(14);
});
