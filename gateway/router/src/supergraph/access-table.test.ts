import { parse, print } from "graphql";
import { describe, expect, test } from "vitest";
import { readAccessTable, withoutSecurity } from "./access-table.ts";

const LINKS = {
  scopes: '@link(url: "https://specs.apollo.dev/requiresScopes/v0.1", for: SECURITY)',
  authenticated: '@link(url: "https://specs.apollo.dev/authenticated/v0.1", for: SECURITY)',
  access: '@link(url: "https://truc.vn/spec/access/v1.0", import: ["@data", "@subject"])',
};
const schema = (links: string[], body: string): ReturnType<typeof parse> =>
  parse(`schema ${links.join(" ")} { query: Query }\n${body}`);

describe("the access table of a supergraph", () => {
  test("has the rule and the data class of every guarded coordinate", () => {
    const table = readAccessTable(
      schema(
        [LINKS.scopes, LINKS.authenticated, LINKS.access],
        `type Query { person: Person @authenticated }
         type Person @subject(path: "id") @subject(path: "company.code") {
           id: ID! @requiresScopes(scopes: [["p:id"]]) @data(class: BASIC)
           faith: String @requiresScopes(scopes: [["p:id", "p:more"], ["all"]]) @data(class: SENSITIVE)
           open: Int
         }
         interface Named @requiresScopes(scopes: [["copied"]]) { name: String @requiresScopes(scopes: [["copied"]]) }`,
      ),
    );
    expect(Object.fromEntries(table.fields)).toEqual({
      "Query.person": { scopes: null, policy: false },
      "Person.id": { scopes: [["p:id"]], policy: false },
      "Person.faith": { scopes: [["p:id", "p:more"], ["all"]], policy: false },
    });
    expect(Object.fromEntries(table.classes)).toEqual({
      "Person.id": "BASIC",
      "Person.faith": "SENSITIVE",
    });
    expect(Object.fromEntries(table.subjects)).toEqual({ Person: ["id", "company.code"] });
    expect([...table.types.keys()]).toEqual([]);
  });

  test.each([
    ["under its own name", LINKS.access.replace("@subject", "@search"), "@search"],
    [
      "imported under another name",
      LINKS.access.replace('"@subject"', '{name: "@search", as: "@finds"}'),
      "@finds",
    ],
    ["left unimported", LINKS.access, "@access__search"],
    ["renamed with its specification", LINKS.access.replace(")", ', as: "ours")'), "@ours__search"],
  ])("knows a search %s, and nothing else by that name", (_title, link, directive) => {
    const table = readAccessTable(
      schema(
        [link],
        `type Query { a: Int find: [Ship] ${directive} other: Int @sought }
         type Ship { sisters: [Ship] ${directive} } interface Vessel { sisters: [Ship] ${directive} }`,
      ),
    );
    expect([...table.searches]).toEqual(["Query.find", "Ship.sisters"]);
    const none = readAccessTable(
      schema([], `type Query { find: [Ship] ${directive} } type Ship { a: Int }`),
    );
    expect([...none.searches]).toEqual([]);
  });

  test.each([
    [
      "imported under another name",
      '@link(url: "https://specs.apollo.dev/requiresScopes/v0.1", for: SECURITY, import: [{name: "@requiresScopes", as: "@needs"}])',
      "@needs",
    ],
    [
      "renamed with its feature",
      '@link(url: "https://specs.apollo.dev/requiresScopes/v0.1", as: "guard", for: SECURITY)',
      "@guard",
    ],
    [
      "left unimported",
      '@link(url: "https://specs.apollo.dev/federation/v2.9")',
      "@federation__requiresScopes",
    ],
    ["under its own name", LINKS.scopes, "@requiresScopes"],
  ])("knows a directive %s", (_title, link, directive) => {
    const table = readAccessTable(
      schema([link], `type Query { secret: Int ${directive}(scopes: [["s"]]) }`),
    );
    expect(table.fields.get("Query.secret")).toEqual({ scopes: [["s"]], policy: false });
  });

  test("a policy is a rule nobody satisfies", () => {
    const link = '@link(url: "https://specs.apollo.dev/policy/v0.1", for: SECURITY)';
    const table = readAccessTable(
      schema([link], 'type Query { a: Int @policy(policies: [["x"]]) }'),
    );
    expect(table.fields.get("Query.a")?.policy).toBe(true);
  });

  test.each([["[]"], ["[[]]"], ['[["a"], []]']])(
    "refuses the scopes %s, which would let everyone in",
    (scopes) => {
      expect(() =>
        readAccessTable(
          schema([LINKS.scopes], `type Query { a: Int @requiresScopes(scopes: ${scopes}) }`),
        ),
      ).toThrow("An empty list of scopes guards Query.a, which would let everyone in.");
    },
  );

  test("refuses a linked security feature that guards nothing", () => {
    expect(() => readAccessTable(schema([LINKS.scopes], "type Query { a: Int }"))).toThrow(
      "The supergraph links a security feature, but guards nothing with it.",
    );
  });

  test("refuses a security feature it does not know", () => {
    const link = '@link(url: "https://example.org/vault/v1.0", for: SECURITY)';
    expect(() => readAccessTable(schema([link], "type Query { a: Int }"))).toThrow(
      "The supergraph needs the security feature https://example.org/vault, which is not known here.",
    );
  });
});

test("withoutSecurity() leaves nothing of the directives it takes out", () => {
  const text = print(
    withoutSecurity(
      schema(
        [LINKS.scopes, LINKS.authenticated, LINKS.access],
        `directive @requiresScopes(scopes: [[requiresScopes__Scope!]!]!) on FIELD_DEFINITION
         directive @authenticated on FIELD_DEFINITION
         scalar requiresScopes__Scope
         type Query { a: Int @requiresScopes(scopes: [["s"]]) @data(class: BASIC) b: Int @authenticated }`,
      ),
    ),
  );
  expect(text).not.toMatch(/requiresScopes|authenticated/);
  expect(text).toContain("a: Int @data(class: BASIC)");
});
