import { parse } from "graphql";
import { describe, expect, test } from "vitest";
import { readAccessTable } from "./access-table.ts";
import { refuseGuardedContexts } from "./holes.ts";

const guarded = `
  schema @link(url: "https://specs.apollo.dev/requiresScopes/v0.1", for: SECURITY) { query: Query }
  type Query { a: Int @requiresScopes(scopes: [["s"]]) }
`;

describe("what a guarded supergraph may not have", () => {
  test("a field that takes arguments from its context", () => {
    const document = parse(
      `${guarded} type T { x(ctx: Int): Int @join__field(graph: G, contextArguments: [{ context: "c", name: "ctx", type: "Int", selection: "{ a }" }]) }`,
    );
    expect(() => refuseGuardedContexts(document, readAccessTable(document))).toThrow(
      "The field x takes arguments from its context, which is not served together with access rules.",
    );
  });

  test("a security directive that is applied without being linked", () => {
    expect(() => readAccessTable(parse(`${guarded} type T { x: Int @authenticated }`))).toThrow(
      "The supergraph applies @authenticated without linking it.",
    );
    expect(() =>
      readAccessTable(parse(`${guarded} type T { x: Int @federation__policy(policies: [["p"]]) }`)),
    ).toThrow("The supergraph applies @federation__policy without linking it.");
  });
});
