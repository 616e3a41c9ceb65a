import { buildSchema, parse } from "graphql";
import { expect, test } from "vitest";
import { ownTypes, typeGiven } from "./own-types.ts";

const SUPERGRAPH = `
  enum join__Graph { NAVY @join__graph(name: "the-navy", url: "") CLUB @join__graph(name: "club", url: "") }
  union Craft = Ship | Boat
  type Ship { name: String }
  type Boat { oars: Int }
  type Query {
    flagship: Craft @join__field(graph: NAVY, type: "Ship") @join__field(graph: CLUB)
    fleet: [Craft!]! @join__field(graph: NAVY, type: "[Ship!]!") @join__field(graph: CLUB, type: "[Craft!]!")
  }`;

test("which types subgraphs say, by subgraph and field, and the supergraph's where they say none", () => {
  const schema = buildSchema(SUPERGRAPH, { assumeValid: true });
  const types = ownTypes(parse(SUPERGRAPH));
  const given = (coordinate: string, subgraph: string): string | undefined =>
    typeGiven(coordinate, subgraph, { types, schema })?.name;
  expect([given("Query.flagship", "the-navy"), given("Query.flagship", "club")]).toEqual([
    "Ship",
    "Craft",
  ]);
  expect([given("Query.fleet", "the-navy"), given("Query.fleet", "club")]).toEqual([
    "Ship",
    "Craft",
  ]);
  expect(given("Ship.name", "the-navy")).toBe("String");
  expect([given("Query.none", "club"), given("None.name", "club")]).toEqual([undefined, undefined]);
});
