import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { FilteredOperation } from "../../gateway/router/src/authorize/filter/filter-operation.ts";
import type { DocumentOperation } from "../../gateway/router/src/authorize/filter/field-guards.ts";
import { fetchedCoordinates } from "../../gateway/router/src/plan/hold-fetches.ts";
import type { Supergraph } from "../../gateway/router/src/supergraph/supergraph.ts";
import { loadedSupergraph, readOperation } from "../harness/loaded-supergraph.ts";
import { StubFederation } from "../harness/stub-federation.ts";

/** The filter of this file's router takes nothing out while this is set: the fault that fetches are held against. */
const fault = vi.hoisted(() => ({ blind: false }));
vi.mock("../../gateway/router/src/authorize/filter/filter-operation.ts", async (importOriginal) => {
  type Filter = typeof import("../../gateway/router/src/authorize/filter/filter-operation.ts");
  const { filterOperation } = await importOriginal<Filter>();
  return {
    filterOperation: (operation: DocumentOperation, ...rest: unknown[]): FilteredOperation => {
      const filtered = filterOperation(operation, ...(rest as [never, never]));
      const { document } = operation;
      return fault.blind
        ? { ...filtered, document, outcome: { removed: [], gives: true } }
        : filtered;
    },
  };
});

const LINK =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@requiresScopes", "@external", "@requires", "@provides", "@shareable", "@interfaceObject", "@composeDirective"])';
const ACCESS =
  '@link(url: "https://truc.vn/spec/access/v1.0", import: ["@data", "@subject", "DataClass"]) @composeDirective(name: "@data") @composeDirective(name: "@subject") directive @data(class: DataClass!) on FIELD_DEFINITION directive @subject(path: String!) repeatable on OBJECT enum DataClass { PUBLIC BASIC SENSITIVE }';
const SCHEMAS = {
  home: `${LINK} ${ACCESS}
    type Query { person: Person  animal: Animal  animals: [Animal]  deed: Deed }
    type Person @key(fields: "id") { id: ID! @requiresScopes(scopes: [["id"]])  name: String  weight: Int @requiresScopes(scopes: [["body"]]) }
    interface Animal @key(fields: "id") { id: ID!  name: String }
    type Cat implements Animal @key(fields: "id") { id: ID!  name: String @requiresScopes(scopes: [["cats"]]) }
    type Dog implements Animal @key(fields: "id") @requiresScopes(scopes: [["dogs"]]) { id: ID!  name: String }
    type Deed @key(fields: "no") @subject(path: "holder.id") { no: ID! @requiresScopes(scopes: [["deeds"]])  holder: Person @requiresScopes(scopes: [["holders"]])  text: String @requiresScopes(scopes: [["deeds"]]) }
  `,
  clinic: `${LINK}
    type Person @key(fields: "id") { id: ID! @requiresScopes(scopes: [["id"]])  weight: Int @external  dose: Int @requires(fields: "weight") @requiresScopes(scopes: [["body"]]) }
    type Animal @key(fields: "id") @interfaceObject { id: ID!  chip: String @requiresScopes(scopes: [["chips"]]) }
  `,
};

describe("what a plan's fetches read", () => {
  let supergraph: Supergraph;
  beforeAll(async () => {
    supergraph = loadedSupergraph(SCHEMAS);
  });

  test.each([
    ["what is asked for", "{ person { name weight } }", ["Person.weight"]],
    [
      "what a field requires, beside it; keys may be joined by",
      "{ person { dose } }",
      ["Person.dose", "Person.weight"],
    ],
    [
      "an interface's field, of every implementer with its type",
      "{ animal { name } }",
      ["Cat.name", "Dog.name"],
    ],
    ["a fragment's field, of its type alone", "{ animal { ... on Cat { name } } }", ["Cat.name"]],
    [
      "an interface object's field, of every implementer",
      "{ animal { chip } }",
      ["Cat.chip", "Dog.chip"],
    ],
    [
      "an interface object's field, of the implementer that is joined",
      "{ animal { ... on Cat { chip } } }",
      ["Cat.chip"],
    ],
    ["a type's name is nobody's", "{ animals { __typename } }", []],
    ["the path to a data subject may be read", "{ deed { text holder { id } } }", ["Deed.text"]],
  ])("%s", (_title, query, coordinates) => {
    const { document } = readOperation(supergraph, query);
    const { node } = supergraph.planner.plan(document, null);
    if (node?.kind === "Subscription") throw new Error("not a query");
    const fetched = fetchedCoordinates(node, supergraph).map(({ coordinate }) => coordinate);
    expect(fetched.toSorted()).toEqual(coordinates);
  });
});

describe("a fault that would fetch what the caller may not see", () => {
  let federation: StubFederation;
  beforeAll(async () => {
    federation = await StubFederation.start({
      home: {
        schema: SCHEMAS.home,
        resolvers: { "Query.person": { __typename: "Person", id: "1", name: "An", weight: 50 } },
      },
      clinic: { schema: SCHEMAS.clinic, resolvers: { "Person.dose": 5 } },
    });
  });
  beforeEach(() => {
    fault.blind = false;
    federation.forget();
  });
  afterAll(async () => await federation.stop());

  test.each([
    ["a field that was asked for", "{ person { name weight } }", [], "Person.weight"],
    ["one of a later fetch", "{ person { name dose } }", ["id"], "Person.weight"],
    ["one of an implementer", "{ animal { name } }", ["dogs"], "Cat.name"],
  ])("refuses the request before anything is fetched: %s", async (_title, query, scopes, field) => {
    fault.blind = true;
    const { status, body } = await federation.router.ask(query, { scopes });
    expect(status).toBe(500);
    expect(body.data).toBeUndefined();
    expect(body.errors?.map(({ extensions }) => extensions["code"])).toEqual([
      "INTERNAL_SERVER_ERROR",
    ]);
    expect(JSON.stringify(body)).not.toContain(field);
    expect(federation.fetches).toEqual([]);
    expect(federation.router.log.join("")).toContain(
      `the plan would read ${field}, which is not open to the caller`,
    );
  });

  test("nobody who may read it is refused", async () => {
    fault.blind = true;
    const { body } = await federation.router.ask("{ person { weight dose } }", {
      scopes: ["body"],
    });
    expect(body.data).toEqual({ person: { weight: 50, dose: 5 } });
  });
});
