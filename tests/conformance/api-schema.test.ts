import { readFileSync } from "node:fs";
import { type GraphQLArgument, type GraphQLSchema, isInputObjectType, isObjectType } from "graphql";
import { expect, test } from "vitest";
import { toApiSchema } from "../../gateway/authority/src/registry/api-schema.ts";
import { loadSupergraph } from "../../gateway/router/src/supergraph/supergraph.ts";

const text = readFileSync(new URL("../../infra/supergraph.graphql", import.meta.url), "utf8");

/** Every field with its arguments and type, as text. */
function coordinates(schema: GraphQLSchema): string[] {
  return (
    Object.values(schema.getTypeMap())
      // Those of composition and introspection are nobody's to select.
      .filter((type) => !type.name.includes("__"))
      .flatMap((type) => {
        if (!isObjectType(type) && !isInputObjectType(type)) return [String(type)];
        return Object.values(type.getFields()).map((field) => {
          const list: readonly GraphQLArgument[] = "args" in field ? field.args : [];
          const args = list.map(({ name, type: argument }) => `${name}: ${String(argument)}`);
          return `${type.name}.${field.name}(${args.join(", ")}): ${field.type}`;
        });
      })
      .toSorted()
  );
}

test("operations are registered against the very schema by which the router serves callers", () => {
  const served = coordinates(loadSupergraph(text).planner.schema);
  expect(served.length).toBeGreaterThan(300);
  const checkedAgainst = toApiSchema(text);
  expect(coordinates(checkedAgainst)).toEqual(served);
  expect(Object.keys(checkedAgainst.getTypeMap()).filter((name) => /.__/.test(name))).toEqual([]);
});
