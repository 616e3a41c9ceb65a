import { buildSchema, parse } from "graphql";
import { describe, expect, test } from "vitest";
import { distanceOf, OUT_OF_REACH } from "./distance.ts";

const schema = buildSchema(`
  type Query { ship(id: ID): Ship  ships: [[Ship!]]  found: [Found]  named: Named  thing: Thing  note: Note }
  type Mutation { launch: Ship }
  type Ship implements Named & Thing { id: ID name: String owner: Owner captain: Sailor crew: [Member!] next: Ship }
  type Sailor implements Named & Thing { id: ID name: String captain: Sailor mates: [Member] next: Ship }
  type Company { id: ID director: Sailor }
  type Member { sailor: Sailor note: Note }
  type Note implements Thing { text: String about: Sailor ship: Ship next: Ship }
  union Owner = Sailor | Company
  union Found = Ship | Note
  interface Named { name: String next: Ship }
  interface Thing { next: Ship }
`);
const entities = new Set(["Ship", "Sailor", "Company"]);

function distance(query: string, path: string, conditions: readonly string[] = []): number {
  const steps = path.split(".").map((step) => (/^\d+$/.test(step) ? Number(step) : step));
  const requires = conditions.map((typeCondition) => ({
    kind: "InlineFragment" as const,
    typeCondition,
    selections: [{ kind: "Field" as const, name: "id" }],
  }));
  const document = parse(query);
  return distanceOf({ schema, entities, document, name: null }, steps, requires);
}

describe("along the response path", () => {
  test.each([
    ["the first entity", "{ ship { id } }", "ship", 0],
    ["in a list", "{ ships { id } }", "ships.@.@", 0],
    ["a second one", "{ ship { captain { id } } }", "ship.captain", 1],
    ["through a part", "{ ship { crew { sailor { id } } } }", "ship.crew.@.sailor", 1],
    [
      "through two parts",
      "{ ship { crew { note { about { id } } } } }",
      "ship.crew.@.note.about",
      1,
    ],
    ["a third one", "{ ship { captain { captain { id } } } }", "ship.captain.captain", 2],
    ["a part that holds nothing yet", "{ note { about { id } } }", "note.about", 0],
    ["by a mutation", "mutation { launch { captain { id } } }", "launch.captain", 1],
    [
      "by response keys, not by fields",
      "{ captain: ship { ship: captain { id } } }",
      "captain.ship",
      1,
    ],
    [
      "in named fragments within each other",
      "{ ship { ...A } } fragment A on Ship { ...B } fragment B on Ship { captain { id } }",
      "ship.captain",
      1,
    ],
    [
      "of the same key selected twice",
      "{ ship { captain { id } } ship { captain { captain { id } } } }",
      "ship.captain.captain",
      2,
    ],
    ["a union of entities", "{ ship { owner { __typename } } }", "ship.owner", 1],
    [
      "through a member of a union",
      "{ ship { owner { ... on Company { director { id } } } } }",
      "ship.owner.director",
      2,
    ],
    [
      "through a member that is none",
      "{ found { ... on Note { about { id } } } }",
      "found.@.about",
      0,
    ],
    [
      "through an interface all of whose types are entities",
      "{ named { next { id } } }",
      "named.next",
      1,
    ],
  ])("%s", (_case, query, path, expected) => {
    expect(distance(query, path)).toBe(expected);
  });
});

describe("where objects of different types can stand", () => {
  test("a fetch is as far as the types it asks about", () => {
    const query = "{ found { ... on Ship { captain { id } } ... on Note { about { id } } } }";
    expect(distance(query, "found.@", ["Ship"])).toBe(0);
    expect(distance("{ note { ship { captain { id } } } }", "note.ship", ["Ship"])).toBe(0);
    const both =
      "{ found { ... on Ship { x: next { captain { id } } } ... on Note { x: about { captain { id } } } } }";
    expect(distance(both, "found.@.x", ["Ship"])).toBe(1);
    expect(distance(both, "found.@.x", ["Sailor"])).toBe(0);
  });

  test("ways of different length to the same place: none is taken for nearer than it is", () => {
    const query =
      "{ found { ... on Ship { x: captain { captain { id } } } ... on Note { x: about { captain { id } } } } }";
    expect(distance(query, "found.@.x", ["Sailor"])).toBe(OUT_OF_REACH);
    expect(distance(query, "found.@.x.captain", ["Sailor"])).toBe(2);
  });

  test("through an interface of which some types are entities, nothing is taken for nearer than it is", () => {
    expect(distance("{ thing { next { id } } }", "thing.next")).toBe(OUT_OF_REACH);
    expect(distance("{ thing { ... on Note { next { id } } } }", "thing.next")).toBe(0);
    expect(distance("{ thing { ... on Named { next { id } } } }", "thing.next")).toBe(1);
  });

  test("a fragment on a type that cannot stand there counts for nothing", () => {
    const query =
      "{ found { ... on Note { ... on Named { ... on Thing { next { id } } } } ... on Ship { next { id } } } }";
    expect(distance(query, "found.@.next")).toBe(1);
  });
});

test("a path that is nobody's is no distance", () => {
  expect(() => distance("{ ship { captain { id } } }", "ship.anchor")).toThrow();
});

test("what a plan adds for a @requires is as far as if it had been asked for", () => {
  expect(distance("{ ship { captain { id } } }", "ship.owner")).toBe(
    distance("{ ship { owner { id } } }", "ship.owner"),
  );
  expect(distance("{ ship { captain { id } } }", "ship.owner")).toBe(1);
});

test("fragments that multiply are counted once", () => {
  const fragments = Array.from(
    { length: 40 },
    (_, index) => `fragment F${index} on Ship { ...F${index + 1} ...F${index + 1} }`,
  );
  const query = `{ ship { ...F0 } } ${fragments.join(" ")} fragment F40 on Ship { captain { id } }`;
  expect(distance(query, "ship.captain")).toBe(1);
});
