import { readFileSync } from "node:fs";
import { buildASTSchema, Kind, parse, visit, type FieldNode } from "graphql";
import { describe, expect, test } from "vitest";
import { parse as parseYaml } from "yaml";
import { readCostTable } from "./cost-table.ts";
import { OperationValues } from "./operation-values.ts";

interface Case {
  name: string;
  operation: string;
  variables?: Record<string, unknown>;
  /** How many keys `$ids` holds. */
  keys?: number;
  /** Response keys of what is refused. */
  refused?: string[];
  values?: number;
  introspected?: "types" | "twice" | "type";
}

const text = (name: string): string =>
  readFileSync(new URL(`cases/${name}`, import.meta.url), "utf8");
const document = parse(text("schema.graphql"));
const model = { schema: buildASTSchema(document), table: readCostTable(document), listSize: 20 };

function valuesOf(operation: string, refused: readonly string[] = []): OperationValues {
  const asked = parse(operation);
  const nodes = new Set<FieldNode>();
  visit(asked, {
    [Kind.FIELD]: (node) => {
      if (refused.includes(node.alias?.value ?? node.name.value)) nodes.add(node);
    },
  });
  return new OperationValues(asked, null, model, nodes);
}

describe("values", () => {
  test.each(parseYaml(text("values.yaml")) as Case[])("$name", (each) => {
    const variables = each.keys === undefined ? each.variables : { ids: Array(each.keys).fill(1) };
    const types = Object.keys(model.schema.getTypeMap()).length;
    const introspected = { types: 1 + 2 * types, twice: 2 * (1 + 2 * types), type: 2 * types };
    const expected = each.values ?? introspected[each.introspected!];
    expect(valuesOf(each.operation, each.refused).estimated(variables ?? {})).toBe(expected);
  });
});

test("are judged anew for other lengths, and hold nothing of what was in a list", () => {
  const values = valuesOf("query ($ids: [Int!]!) { kept(ids: $ids) { title } }");
  expect(values.estimated({ ids: [1] })).toBe(2);
  expect(values.estimated({ ids: [1, 2, 3] })).toBe(6);
  expect(values.estimated({ ids: [4, 5, 6] })).toBe(6);
  expect(values.estimated({ ids: [] })).toBe(1);
});

test("aliases of leaves in a long list are what they are", () => {
  const aliases = Array.from({ length: 1_500 }, (_, index) => `a${index}: title`).join(" ");
  const ids = Array.from({ length: 50 }, (_, index) => index);
  const values = valuesOf(`query ($ids: [Int!]!) { kept(ids: $ids) { ${aliases} } }`);
  expect(values.estimated({ ids })).toBe(75_050);
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
  const table = readCostTable(parse("type Query { a: Int }"));
  const values = new OperationValues(
    parse(`{ start { ${inner} } }`),
    null,
    { schema, table, listSize: 20 },
    new Set(),
  );
  expect(values.estimated({})).toBe(42);
});
