import { describe, expect, test } from "vitest";
import { checkOperation, toOperationSchema } from "./api-schema.ts";
import { neededOwners } from "./operation-owners.ts";

/** Each scope's owner is what stands before its colon. */
const SUPERGRAPH = `
  schema
    @link(url: "https://specs.apollo.dev/link/v1.0")
    @link(url: "https://specs.apollo.dev/join/v0.5", for: EXECUTION)
    @link(url: "https://specs.apollo.dev/requiresScopes/v0.1", as: "needs", for: SECURITY)
  { query: Query mutation: Mutation }
  directive @needs(scopes: [[String!]!]!) on FIELD_DEFINITION | OBJECT | INTERFACE | ENUM | SCALAR
  type Query {
    a: A
    thing: Thing
    either: Either
    open: String
    guarded: String @needs(scopes: [["root:read"]])
    kind: Kind
    sealed: Sealed
  }
  type Mutation { write: A @needs(scopes: [["root:write"]]) }
  interface Thing @needs(scopes: [["b:type", "c:type"]]) {
    name: String @needs(scopes: [["a:name", "b:name"]])
    plain: String
  }
  type A implements Thing {
    name: String @needs(scopes: [["a:name"]])
    plain: String
    other: String @needs(scopes: [["a:other"], ["d:other", "e:other"]])
    doubly: String @needs(scopes: [["a:name"]]) @needs(scopes: [["e:other"]])
    sum: Int @join__field(graph: X, requires: "plain far { depth }")
    far: Far
    next: A
  }
  type B implements Thing @needs(scopes: [["b:type"]]) {
    name: String @needs(scopes: [["b:name"]])
    plain: String
  }
  type C implements Thing @inaccessible @needs(scopes: [["c:type"]]) { name: String plain: String }
  union Either = Far | Sealed
  type Far { depth: Int @needs(scopes: [["far:depth"]]) wide: Int }
  type Sealed @needs(scopes: [["sealed:type"]]) { open: Int }
  enum Kind @needs(scopes: [["kind:type"]]) { X }
`;
const schema = toOperationSchema(SUPERGRAPH);
const ALL = [...SUPERGRAPH.matchAll(/"([a-z]+:[a-z]+)"/g)].map(([, scope]) => scope!);
const held = (scopes: readonly string[]) =>
  new Map(scopes.map((scope) => [scope, scope.split(":")[0]!]));

async function ownersOf(text: string, scopes = ALL): Promise<string> {
  const rules = await checkOperation(text, async () => schema);
  return neededOwners({ rules, held: held(scopes) }).join(" ");
}

describe("the owners that an operation needs", () => {
  test.each<[what: string, text: string, owners: string]>([
    ["nothing guarded", "{ open __typename __schema { types { name } } }", ""],
    ["a guarded root field", "{ guarded }", "root"],
    ["a change", "mutation { write { plain } }", "root"],
    ["a field under another name", "{ x: a { y: name } }", "a"],
    ["what a fragment selects", "{ a { ...F } } fragment F on A { next { name } }", "a"],
    ["what an inline fragment selects", "{ a { ... { ... on A { name } } } }", "a"],
    ["what a variable may leave out", "query($no: Boolean!) { a { name @skip(if: $no) } }", "a"],
    ["a field of an interface: that of every type behind it", "{ thing { name } }", "a b c"],
    ["a plain field of an interface: every type behind it", "{ thing { plain } }", "b c"],
    ["one type behind an interface", "{ thing { ... on B { name } } }", "b c"],
    ["an interface on a type", "{ a { ... on Thing { name } } }", "a b c"],
    ["a type behind a union", "{ either { ... on Far { wide } } }", "sealed"],
    ["a type that is guarded itself", "{ sealed { open } }", "sealed"],
    ["no more than such a type's name", "{ sealed { __typename } }", "sealed"],
    ["an enumeration", "{ kind }", "kind"],
    ["every alternative", "{ a { other } }", "a d e"],
    ["two rules at once", "{ a { doubly } }", "a e"],
    ["what is read for a field", "{ a { sum } }", "far"],
  ])("%s", async (_what, text, owners) => {
    expect(await ownersOf(text)).toBe(owners);
  });

  test.each<[scopes: string[], owners: string]>([
    [["a:other", "e:other"], "a"],
    [["d:other", "e:other"], "d e"],
    [["a:other", "d:other", "e:other"], "a d e"],
    [["d:other"], ""],
  ])("of a grant of %j: of the alternatives it satisfies, %s", async (scopes, owners) => {
    expect(await ownersOf("{ a { other } }", scopes)).toBe(owners);
  });
});
