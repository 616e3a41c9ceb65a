import {
  buildSchema,
  type FragmentDefinitionNode,
  type OperationDefinitionNode,
  parse,
} from "graphql";
import { describe, expect, test } from "vitest";
import { readAccessRules } from "./access-rules.ts";
import { requiredScopes } from "./required-scopes.ts";

const schema = buildSchema(`
  directive @key(fields: String!) repeatable on OBJECT
  directive @subject(path: String!) repeatable on OBJECT
  directive @requiresScopes(scopes: [[String!]!]!) on OBJECT | FIELD_DEFINITION
  type Query { card: Card  deed: Deed  person: Person  club: Owner @requiresScopes(scopes: [["owner"]]) }
  type Person @key(fields: "id") { id: ID @requiresScopes(scopes: [["identity"]])  name: String @requiresScopes(scopes: [["identity"]]) }
  type Card @subject(path: "cover.holder.id") @requiresScopes(scopes: [["card"]]) {
    number: ID @requiresScopes(scopes: [["card"]])
    cover: Cover @requiresScopes(scopes: [["cover"]])
  }
  type Cover @requiresScopes(scopes: [["cover"]]) {
    since: Int @requiresScopes(scopes: [["cover"]])
    holder: Person @requiresScopes(scopes: [["holder"]])
  }
  interface Owner { no: ID }
  type Club implements Owner { no: ID @requiresScopes(scopes: [["club"]]) }
  type Firm implements Owner @requiresScopes(scopes: [["firm"]]) { no: ID @requiresScopes(scopes: [["firm"]])  tax: Int @requiresScopes(scopes: [["tax"]]) }
  type Deed @subject(path: "owner.no") { text: String  owner: Owner @requiresScopes(scopes: [["owner"]]) }
`);
const rules = readAccessRules(schema);

function demanded(query: string): string[] {
  const { definitions } = parse(query);
  const fragments = definitions.filter(
    (each): each is FragmentDefinitionNode => each.kind === "FragmentDefinition",
  );
  const operation = definitions.find(
    (each): each is OperationDefinitionNode => each.kind === "OperationDefinition",
  )!;
  const named = new Map(fragments.map((each) => [each.name.value, each]));
  return requiredScopes(schema, rules, operation, named)
    .flatMap(({ alternatives }) => alternatives.map((scopes) => scopes.join(" ")))
    .toSorted();
}

describe("what leads to a data subject demands nothing", () => {
  test.each([
    ["a key", "{ person { id } }", []],
    ["what is no key", "{ person { id name } }", ["identity"]],
    [
      "a path through types that are guarded",
      "{ card { number s: cover { t: holder { u: id } } } }",
      ["card"],
    ],
    [
      "something beside the path",
      "{ card { s: cover { since t: holder { u: id } } } }",
      ["card", "cover"],
    ],
    [
      "something beyond the path",
      "{ card { s: cover { t: holder { name } } } }",
      ["card", "cover", "identity"],
    ],
    [
      "a path in fragments",
      "{ card { s: cover { ... on Cover { t: holder { ... { id } } } } } }",
      ["card"],
    ],
    ["an implementer on the path", "{ deed { owner { ... on Firm { no } } } }", []],
    [
      "something in a fragment there",
      "{ card { cover { ...A } } } fragment A on Cover { since }",
      ["card", "cover"],
    ],
    ["a path through an interface", "{ deed { owner { __typename no } } }", []],
    [
      "an implementer's own field there",
      "{ deed { owner { no ... on Firm { tax } } } }",
      ["firm", "tax"],
    ],
  ])("%s", (_title, query, scopes) => {
    expect(demanded(query)).toEqual(scopes);
  });
});

describe("a field of an interface demands what every type behind it does", () => {
  test.each([
    ["by itself", "{ club { no } }"],
    ["in a fragment without a type", "{ club { ... { no } } }"],
    ["in a fragment on the interface", "{ club { ... on Owner { no } } }"],
    ["in a named one", "{ club { ...F } } fragment F on Owner { no }"],
    [
      "in fragments within each other",
      "{ club { ... { ...F } } } fragment F on Owner { ... { no } }",
    ],
  ])("%s", (_how, query) => {
    expect(demanded(query)).toEqual(["firm", "owner"]);
  });

  test("in a fragment on one of them it demands what that one does", () => {
    expect(demanded("{ club { ... on Club { no } } }")).toEqual(["owner"]);
  });
});
