import { buildSchema, parse } from "graphql";
import { expect, test } from "vitest";
import { agreedTypes } from "./agreed-types.ts";

const SUPERGRAPH = `
  interface Moored @join__type(graph: NAVY) @join__type(graph: CLUB) @join__type(graph: YARD, isInterfaceObject: true) { id: ID! }
  union Craft @join__unionMember(graph: NAVY, member: "Ship") @join__unionMember(graph: NAVY, member: "Boat")
    @join__unionMember(graph: CLUB, member: "Ship") @join__unionMember(graph: CLUB, member: "Raft") = Ship | Boat | Raft
  type Ship implements Moored @join__implements(graph: NAVY, interface: "Moored") @join__implements(graph: CLUB, interface: "Moored") { id: ID! }
  type Boat implements Moored @join__implements(graph: NAVY, interface: "Moored") { id: ID! }
  type Raft { id: ID! }
  type Port @join__type(graph: NAVY) @join__type(graph: CLUB) { any: [Craft!] }
  type Query {
    port: Port @join__field(graph: NAVY)
    shared: Craft @join__field(graph: NAVY) @join__field(graph: CLUB)
    said: Craft @join__field(graph: NAVY, type: "Boat") @join__field(graph: CLUB, type: "Craft")
    alone: Craft @join__field(graph: CLUB) @join__field(graph: NAVY, external: true) @join__field(graph: NAVY, usedOverridden: true)
    moored: Moored @join__field(graph: NAVY)
    stored: Moored @join__field(graph: YARD)
    name: String @join__field(graph: NAVY)
  }`;

test("a shared field leads to what all who give it have", () => {
  const schema = buildSchema(SUPERGRAPH, { assumeValid: true });
  const agreed = agreedTypes(parse(SUPERGRAPH), schema);
  const typesOf = (coordinate: string): string[] => [...(agreed.get(coordinate) ?? [])];
  expect(typesOf("Query.port")).toEqual(["Port"]);
  expect(typesOf("Query.shared")).toEqual(["Ship"]);
  expect(typesOf("Query.said")).toEqual([]);
  expect(typesOf("Query.alone")).toEqual(["Ship", "Raft"]);
  expect(typesOf("Query.moored")).toEqual(["Ship", "Boat"]);
  // To the yard anything moored is of one type: it may be of any.
  expect(typesOf("Query.stored")).toEqual(["Ship", "Boat"]);
  // Where nothing is said of a field, all that have its type give it.
  expect(typesOf("Port.any")).toEqual(["Ship"]);
});
