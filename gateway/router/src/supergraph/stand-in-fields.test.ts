import { buildASTSchema, parse } from "graphql";
import { expect, test } from "vitest";
import { requiringFields } from "./required-fields.ts";
import { standInFields } from "./stand-in-fields.ts";

const SUPERGRAPH = parse(`
  type Query { item: Item }
  interface Item @join__type(graph: SHOP, key: "id") @join__type(graph: TAXES, key: "id", isInterfaceObject: true) {
    id: ID!
    price: Int @join__field(graph: SHOP) @join__field(graph: TAXES, external: true)
    rank: Int @join__field(graph: TAXES)
    tax: Int @join__field(graph: TAXES, requires: "price")
    like: [Item] @join__field(graph: TAXES, requires: "price")
  }
  type Book implements Item @join__type(graph: SHOP, key: "id") {
    id: ID! price: Int rank: Int @join__field tax: Int @join__field like: [Item] @join__field
  }
  type Film implements Item @join__type(graph: SHOP, key: "id") {
    id: ID! price: Int rank: Int @join__field tax: Int @join__field like: [Item] @join__field
  }
  type Person @join__type(graph: SHOP, key: "id") @join__type(graph: BANK, key: "id") {
    id: ID!
    born: Int @join__field(graph: SHOP) @join__field(graph: BANK, external: true)
    likes: Item @join__field(graph: SHOP) @join__field(graph: BANK, external: true)
    owes: Int @join__field(graph: BANK, requires: "likes { tax }")
    card: String @join__field(graph: BANK, requires: "owes")
    age: Int @join__field(graph: BANK, requires: "born")
  }`);

test("what is computed for an interface's objects, for each of its types, and what is computed of that", () => {
  const schema = buildASTSchema(SUPERGRAPH, { assumeValidSDL: true });
  const found = standInFields(SUPERGRAPH, schema, requiringFields(SUPERGRAPH, schema));
  // What leads back to such objects cannot be had for each type, and is left to the planner.
  expect([...found]).toEqual(["Book.tax", "Film.tax", "Person.owes", "Person.card"]);
});
