import { ACCESS_DEFINITIONS, SCHEMA_LINKS } from "@truc/contracts";
import { expect, test } from "vitest";
import { compose, CompositionRefused } from "./compose-subgraphs.ts";

const LINKS = SCHEMA_LINKS + ACCESS_DEFINITIONS;

/** Two subgraphs that share an entity `Ship`; each test changes what one of them says. */
function fleet(changes: { harbour?: string; crew?: string; links?: string } = {}) {
  const harbour = `
    type Query { ship(id: ID!): Ship @authenticated @data(class: PUBLIC) }
    type Ship @key(fields: "id") @subject(path: "id") {
      id: ID! @requiresScopes(scopes: [["ship:name", "ship:place"]]) @data(class: BASIC)
      name: String @requiresScopes(scopes: [["ship:name"]]) @data(class: BASIC)
    }`;
  const crew = `
    type Ship @key(fields: "id") @subject(path: "id") {
      id: ID! @requiresScopes(scopes: [["ship:place", "ship:name"]]) @data(class: BASIC)
      sailors: Int @authenticated @data(class: PUBLIC)
    }`;
  return [
    {
      name: "harbour",
      url: "http://127.0.0.1:1/graphql",
      schema: LINKS + (changes.harbour ?? harbour),
    },
    {
      name: "crew",
      url: "http://127.0.0.1:2/graphql",
      schema: (changes.links ?? LINKS) + (changes.crew ?? crew),
    },
  ];
}

function problemsOf(changes: Parameters<typeof fleet>[0]): readonly string[] {
  try {
    compose(fleet(changes));
  } catch (error) {
    if (error instanceof CompositionRefused) return error.problems;
    throw error;
  }
  return [];
}

test("schemas that fit are composed, with the subgraphs' URLs, their rules and data classes", () => {
  const supergraph = compose(fleet());
  expect(supergraph).toContain(
    'CREW @join__graph(name: "crew", url: "http://127.0.0.1:2/graphql")',
  );
  expect(supergraph).toMatch(/sailors: Int .*@authenticated.*@data\(class: PUBLIC\)/);
  expect(supergraph).toMatch(
    /@link\(url: "https:\/\/specs\.apollo\.dev\/requiresScopes\/v0\.1", for: SECURITY\)/,
  );
});

test("the order of scopes and alternatives is no difference, an @external field repeats no rule", () => {
  const crew = `
    type Ship @key(fields: "id") @subject(path: "id") {
      id: ID! @requiresScopes(scopes: [["ship:place", "ship:name"]]) @data(class: BASIC)
      name: String @external @data(class: BASIC)
      motto: String @requires(fields: "name") @requiresScopes(scopes: [["ship:name"]]) @data(class: BASIC)
    }`;
  expect(problemsOf({ crew })).toEqual([]);
});

test("subgraphs that differ in a data class are refused, where composition would only hint", () => {
  const crew = `
    type Ship @key(fields: "id") @subject(path: "id") {
      id: ID! @requiresScopes(scopes: [["ship:name", "ship:place"]]) @data(class: SENSITIVE)
    }`;
  expect(problemsOf({ crew })).toEqual([
    "Ship.id (data class): harbour says @data(BASIC), but crew says @data(SENSITIVE); " +
      "subgraphs that share a coordinate say the same of it.",
  ]);
});

test.each([
  [
    "marks as a search what the other does not",
    "@search",
    "",
    "@authenticated @search",
    "@authenticated",
  ],
  [
    "does not mark as a search what the other does",
    "",
    "@search",
    "@authenticated",
    "@authenticated @search",
  ],
])("a subgraph that %s is refused", (_, one, other, said, against) => {
  const ships = (search: string) =>
    `ships: Int @shareable @authenticated @data(class: PUBLIC) ${search}`;
  const harbour = `type Query { ${ships(one)} }`;
  const crew = `type Query { ${ships(other)} }`;
  expect(problemsOf({ harbour, crew })).toEqual([
    `Query.ships (rule): harbour says ${said}, but crew says ${against}; ` +
      "subgraphs that share a coordinate say the same of it.",
  ]);
  expect(compose(fleet({ harbour, crew: harbour }))).toMatch(
    one === "" ? /ships: Int @authenticated/ : /ships: Int .*@search/,
  );
});

test.each([
  ["fewer scopes", '@requiresScopes(scopes: [["ship:name"]])', '@requiresScopes([["ship:name"]])'],
  [
    "an alternative",
    '@requiresScopes(scopes: [["ship:name"], ["ship:place"]])',
    '@requiresScopes([["ship:name"], ["ship:place"]])',
  ],
  ["no scopes", "@authenticated", "@authenticated"],
  ["nothing", "", "nothing"],
])("subgraphs that differ in scopes are refused: %s", (_, rule, said) => {
  const crew = `
    type Ship @key(fields: "id") @subject(path: "id") { id: ID! ${rule} @data(class: BASIC) sailors: Int }`;
  expect(problemsOf({ crew })).toEqual([
    `Ship.id (rule): harbour says @requiresScopes([["ship:name", "ship:place"]]), but crew says ${said}; ` +
      "subgraphs that share a coordinate say the same of it.",
  ]);
});

test.each([
  ["requiresScopes", "[]"],
  ["requiresScopes", "[[]]"],
  ["requiresScopes", '[["ship:name"], []]'],
  ["policy", "[[]]"],
])("@%s with %s would mean everyone and is refused", (directive, list) => {
  const argument = directive === "policy" ? "policies" : "scopes";
  const links = directive === "policy" ? LINKS.replace('"@cost"', '"@policy"') : LINKS;
  const crew = `
    type Ship @key(fields: "id") @subject(path: "id") {
      id: ID! @requiresScopes(scopes: [["ship:name", "ship:place"]]) @data(class: BASIC)
      sailors: Int @${directive}(${argument}: ${list}) @data(class: BASIC)
    }`;
  expect(problemsOf({ crew, links })).toContain(
    `crew: Ship.sailors has an empty list in @${directive}, which would mean everyone.`,
  );
});

test.each([
  ["the interface itself", "interface Vessel @authenticated { sailors: Int }", "Vessel"],
  ["one of its fields", "interface Vessel { sailors: Int @authenticated }", "Vessel.sailors"],
  [
    "its extension",
    "interface Vessel { sailors: Int } extend interface Vessel @authenticated { masts: Int }",
    "Vessel",
  ],
  ["one of its fields, as a search", "interface Vessel { sailors: Int @search }", "Vessel.sailors"],
])("a rule on %s is refused", (_, vessel, coordinate) => {
  const crew = `${vessel}
    type Ship @key(fields: "id") @subject(path: "id") {
      id: ID! @requiresScopes(scopes: [["ship:name", "ship:place"]]) @data(class: BASIC)
      sailors: Int
    }`;
  expect(problemsOf({ crew })).toContain(
    `crew: ${coordinate} carries a rule, but no rule may stand on an interface or its fields.`,
  );
});

test.each([
  [
    "renamed on import",
    LINKS.replace('"@requiresScopes"', '{ name: "@requiresScopes", as: "@needs" }'),
    "needs",
  ],
  ["not imported", LINKS.replace('"@requiresScopes"', ""), "federation__requiresScopes"],
  [
    "under a renamed specification",
    LINKS.replace('"@requiresScopes"', "").replace('v2.9"', 'v2.9" as: "fed"'),
    "fed__requiresScopes",
  ],
])("a directive %s is the same rule", (_, links, directive) => {
  const crew = (scopes: string) => `
    type Ship @key(fields: "id") @subject(path: "id") {
      id: ID! @${directive}(scopes: [["ship:name", "ship:place"]]) @data(class: BASIC)
      sailors: Int @${directive}(scopes: ${scopes}) @data(class: BASIC)
    }`;
  // Composition wants one name in all subgraphs; what counts here is that no difference of rules is seen.
  const problems = problemsOf({ links, crew: crew('[["ship:name"]]') });
  expect(problems.filter((problem) => !problem.includes("imported with mismatched name"))).toEqual(
    [],
  );
  expect(problemsOf({ links, crew: crew("[[]]") })).toContain(
    "crew: Ship.sailors has an empty list in @requiresScopes, which would mean everyone.",
  );
});

test("every problem of composition itself is one line", () => {
  const crew = `
    type Ship @key(fields: "id") @subject(path: "id") {
      id: ID! @requiresScopes(scopes: [["ship:name", "ship:place"]]) @data(class: BASIC)
      name: Int @requiresScopes(scopes: [["ship:name"]]) @data(class: BASIC)
    }`;
  const problems = problemsOf({ crew });
  expect(problems.some((problem) => problem.includes('"Ship.name"'))).toBe(true);
  expect(problems.filter((problem) => problem.includes("\n"))).toEqual([]);
});

test("a schema that is no GraphQL is refused with its subgraph's name", () => {
  expect(problemsOf({ crew: "type Ship {" })).toEqual([
    "[crew] Syntax Error: Expected Name, found <EOF>.",
  ]);
});
