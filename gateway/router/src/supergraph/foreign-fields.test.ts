import { buildSchema, parse } from "graphql";
import { expect, test } from "vitest";
import { foreignFields } from "./foreign-fields.ts";

const SUPERGRAPH = `
  enum join__Graph { DOCKS @join__graph(name: "docks", url: "") TOLLS_1 @join__graph(name: "tolls-1", url: "") }
  type Query { ship: Ship @join__field(graph: TOLLS_1, provides: "name captain { born } ... on Ship { length }") }
  enum Unit { METRE }
  type Person { paid(in: Int): Int @join__field(graph: DOCKS) born: Int @join__field(graph: DOCKS) @join__field(graph: TOLLS_1, external: true) }
  type Ship @join__type(graph: DOCKS, key: "id") @join__type(graph: TOLLS_1, key: "id") {
    id: ID! @join__field(graph: DOCKS) @join__field(graph: TOLLS_1, external: true)
    name: String @join__field(graph: DOCKS) @join__field(graph: TOLLS_1, external: true)
    length(unit: Unit): Int @join__field(graph: DOCKS) @join__field(graph: TOLLS_1, external: true)
    captain: Person @join__field(graph: DOCKS) @join__field(graph: TOLLS_1, external: true)
    fee: Int @join__field(graph: TOLLS_1, requires: "id length(unit: METRE) captain { ... on Person { born paid } }")
    own: Int @join__field(graph: TOLLS_1)
  }`;

test("what a subgraph has of others, what it computes of that, and what it can tell of it in places", () => {
  const document = parse(SUPERGRAPH);
  const schema = buildSchema(SUPERGRAPH, { assumeValid: true });
  const found = foreignFields(document, schema, new Map());
  expect([...found.keys()]).toEqual(["docks", "tolls-1"]);
  expect(found.get("docks")).toEqual({
    external: new Set(),
    inputs: new Map(),
    calls: new Map(),
    provided: new Map(),
  });
  expect(found.get("tolls-1")).toEqual({
    // Its keys it knows, whatever it says of them.
    external: new Set(["Person.born", "Ship.name", "Ship.length", "Ship.captain"]),
    inputs: new Map([["Ship.fee", ["length", "captain"]]]),
    calls: new Map([
      [
        "Ship.fee",
        new Map([
          ["length", "length(unit: METRE)"],
          ["captain.paid", "paid"],
        ]),
      ],
    ]),
    provided: new Map([
      ["Query.ship", new Set(["Ship.name", "Ship.captain", "Person.born", "Ship.length"])],
    ]),
  });
});
