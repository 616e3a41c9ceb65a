import { buildSchema } from "graphql";
import { expect, test } from "vitest";
import type { QueryPlanSelectionNode } from "../supergraph/planner.ts";
import { emptyMap, type ResultMap } from "./merge.ts";
import { INCOMPLETE, OTHER_TYPE, RepresentationTexts } from "./representation-texts.ts";

const schema = buildSchema(`
  type Query { ship: Ship }
  interface Vessel { id: ID }
  type Ship implements Vessel { id: ID owner: Owner crew: [[Owner]] hull: Hull }
  type Boat implements Vessel { id: ID }
  type Person { id: ID name: String }
  type Club { id: ID }
  union Owner = Person | Club
  scalar Hull
`);
const field = (name: string, selections?: QueryPlanSelectionNode[]): QueryPlanSelectionNode =>
  selections === undefined ? { kind: "Field", name } : { kind: "Field", name, selections };
const on = (
  typeCondition: string,
  ...selections: QueryPlanSelectionNode[]
): QueryPlanSelectionNode => ({ kind: "InlineFragment", typeCondition, selections });
const TYPE = field("__typename");
const texts = (requires: QueryPlanSelectionNode[], ...rewrites: never[]) =>
  new RepresentationTexts(requires, rewrites, schema);
const parsed = (text: unknown): unknown => JSON.parse(text as string);

test("a key is written as JSON, whatever stands in it", () => {
  const ofShip = texts([on("Ship", TYPE, field("id"), field("hull"))]);
  const text = ofShip.of({ id: 'a"\\\n', hull: { x: [1, null] }, more: 1, __typename: "Ship" });
  expect(text).toBe('{"__typename":"Ship","id":"a\\"\\\\\\n","hull":{"x":[1,null]}}');
  expect(parsed(ofShip.of({ __typename: "Ship", id: null, hull: 1.5 }))).toEqual({
    __typename: "Ship",
    id: null,
    hull: 1.5,
  });
});

test("objects of types that are not asked about, and of none, are left out", () => {
  const ofShip = texts([on("Ship", TYPE, field("id"))]);
  for (const type of ["Boat", "Person", "Nothing", "__proto__", "constructor", undefined, 5, null])
    expect(ofShip.of({ __typename: type, id: "1" })).toBe(OTHER_TYPE);
});

test("what is missing leaves the whole incomplete, at any depth; a null is there", () => {
  const person = on("Person", TYPE, field("id"));
  const ofShip = texts([on("Ship", TYPE, field("owner", [person]), field("crew", [person]))]);
  const an = { __typename: "Person", id: "an" };
  const ship = { __typename: "Ship", owner: an, crew: [[an, null], null, []] };
  expect(parsed(ofShip.of(ship))).toEqual(ship);
  expect(ofShip.of({ ...ship, owner: undefined })).toBe(INCOMPLETE);
  expect(ofShip.of({ ...ship, owner: { __typename: "Person" } })).toBe(INCOMPLETE);
  expect(ofShip.of({ ...ship, crew: [[an, { __typename: "Person" }]] })).toBe(INCOMPLETE);
  expect(parsed(ofShip.of({ ...ship, owner: null, crew: null }))).toEqual({
    __typename: "Ship",
    owner: null,
    crew: null,
  });
  // What no fragment is meant for has nothing that is needed.
  expect(parsed(ofShip.of({ ...ship, owner: { __typename: "Club", id: "c" } }))).toEqual({
    ...ship,
    owner: {},
  });
});

test("fragments that are meant for one object are one, also in what lies within", () => {
  const ofVessel = texts([
    on("Vessel", TYPE, field("id")),
    on("Ship", TYPE, field("owner", [on("Person", field("id"))])),
    on("Ship", field("owner", [on("Person", field("name"))])),
  ]);
  const owner = { __typename: "Person", id: "an", name: "An" };
  expect(parsed(ofVessel.of({ __typename: "Ship", id: "s", owner }))).toEqual({
    __typename: "Ship",
    id: "s",
    owner: { id: "an", name: "An" },
  });
  expect(ofVessel.of({ __typename: "Boat", id: "b" })).toBe('{"__typename":"Boat","id":"b"}');
  expect(ofVessel.keysOf("Boat")).toEqual(["id"]);
  expect(ofVessel.keysOf("Ship")).toBeUndefined();
});

test("rewrites change what is sent, by the type it had", () => {
  const rewritten = new RepresentationTexts(
    [on("Ship", TYPE, field("id")), on("Boat", TYPE, field("id"))],
    [
      { kind: "ValueSetter", path: ["... on Ship", "__typename"], setValueTo: "Vessel" },
      { kind: "KeyRenamer", path: ["id"], renameKeyTo: "__proto__" },
    ],
    schema,
  );
  expect(rewritten.of({ __typename: "Ship", id: "s" })).toBe(
    '{"__typename":"Vessel","__proto__":"s"}',
  );
  expect(rewritten.of({ __typename: "Boat", id: "b" })).toBe(
    '{"__typename":"Boat","__proto__":"b"}',
  );
});

test("names are data: what every object seems to have is missing where it does not stand", () => {
  const odd = texts([on("Ship", TYPE, field("toString"))]);
  const bare = (own: ResultMap): ResultMap => Object.assign(emptyMap(), own);
  expect(odd.of(bare({ __typename: "Ship" }))).toBe(INCOMPLETE);
  expect(odd.of(bare({ __typename: "Ship", toString: "x" }))).toBe(
    '{"__typename":"Ship","toString":"x"}',
  );
});
