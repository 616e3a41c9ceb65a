import { readFileSync } from "node:fs";
import { Refusal } from "@truc/contracts";
import { buildASTSchema, parse } from "graphql";
import { describe, expect, test } from "vitest";
import { parse as parseYaml } from "yaml";
import { readCostTable } from "./cost-table.ts";
import { OperationCost } from "./operation-cost.ts";

interface Case {
  name: string;
  operation: string;
  operationName?: string;
  variables?: Record<string, unknown>;
  cost?: number;
  bounded?: number;
  refused?: string;
  data?: Record<string, unknown> | null;
}

const text = (name: string): string =>
  readFileSync(new URL(`cases/${name}`, import.meta.url), "utf8");
const cases = (name: string): Case[] => parseYaml(text(name)) as Case[];

const SCHEMA = text("schema.graphql");
/** The same schema with its directives under other names, as `@link` may give them. */
const RENAMED = SCHEMA.replace(
  'import: ["@cost", "@listSize"]',
  'import: [{ name: "@cost", as: "@price" }, { name: "@listSize", as: "@length" }]',
)
  .replace("import: [String]", "import: [Import]")
  .replaceAll("@cost(", "@price(")
  .replaceAll("@listSize(", "@length(")
  .concat("\nscalar Import");
/** The same with nothing imported: directives under the feature's own names. */
const PREFIXED = SCHEMA.replace(', import: ["@cost", "@listSize"]', "").replaceAll(
  "@listSize(",
  "@cost__listSize(",
);

function costOf(schema: string, each: Case): OperationCost {
  const document = parse(schema);
  return new OperationCost(parse(each.operation), each.operationName ?? null, {
    schema: buildASTSchema(document),
    table: readCostTable(document),
    listSize: 20,
  });
}

describe.each([
  ["as the specification names its directives", SCHEMA],
  ["with its directives renamed", RENAMED],
  ["with its directives under the feature's prefix", PREFIXED],
])("a schema %s", (_title, schema) => {
  test.each(cases("estimates.yaml"))("estimate: $name", (each) => {
    const cost = costOf(schema, each);
    const estimate = (): number => cost.estimated(each.variables ?? {});
    if (each.refused === undefined) {
      expect(estimate()).toBe(each.bounded ?? each.cost);
      return;
    }
    expect(estimate).toThrow(Refusal);
    expect(estimate).toThrow(each.refused);
  });

  test.each(cases("answers.yaml"))("answer: $name", (each) => {
    expect(costOf(schema, each).actual(each.data, each.variables ?? {})).toBe(each.cost);
  });
});

test("the length of lists that nothing is said about is the deployment's", () => {
  const document = parse(SCHEMA);
  const model = {
    schema: buildASTSchema(document),
    table: readCostTable(document),
    listSize: 3,
  };
  expect(new OperationCost(parse("{ books { title } }"), null, model).estimated({})).toBe(3);
});

test("selections on many types within each other are judged in as many steps as there are selections", () => {
  const kinds = Array.from({ length: 8 }, (_, index) => `K${index}`);
  const schema = buildASTSchema(
    parse(
      `interface I { next: I } ${kinds.map((kind) => `type ${kind} implements I { next: I leaf: Int }`).join(" ")} type Query { start: I }`,
    ),
  );
  // Every level adds a branch for each type; walked for each way through the types it would be 8 to the 20th.
  let inner = "... on K0 { leaf }";
  for (let level = 0; level < 20; level += 1) inner = `next { ${inner} } ... on K1 { leaf }`;
  const cost = new OperationCost(parse(`{ start { ${inner} } }`), null, {
    schema,
    table: readCostTable(parse("type Query { a: Int }")),
    listSize: 20,
  });
  expect(cost.estimated({})).toBe(21);
});

test("an estimate is made once for the variables it depends on, and anew where they differ", () => {
  const document = parse(SCHEMA);
  const model = { schema: buildASTSchema(document), table: readCostTable(document), listSize: 20 };
  const cost = new OperationCost(
    parse(`query ($first: Int, $late: Int, $yes: Boolean!, $text: String) {
      paged(first: $first) { title }
      asks(plain: $text) { title }
      either(first: $late) @include(if: $yes) { title }
    }`),
    null,
    model,
  );
  const estimates: [Record<string, unknown>, number][] = [
    [{ first: 3, yes: false, late: 5 }, 4],
    [{ first: 3, yes: true, late: 5 }, 9],
    [{ first: 3, yes: true, late: 6 }, 10],
    [{ first: 3, yes: true, late: 6, text: "no matter" }, 10],
    [{ first: 4, yes: false, late: 6 }, 5],
    [{ first: 3, yes: false, late: 9 }, 4],
    [{ yes: false }, 11],
  ];
  for (const round of [1, 2])
    for (const [variables, expected] of estimates)
      expect([round, variables, cost.estimated(variables)]).toEqual([round, variables, expected]);
  // A default stands in for what was not sent, not for null.
  expect(() => cost.estimated({ first: null, yes: false })).toThrow(Refusal);
});
