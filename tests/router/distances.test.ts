import { afterAll, beforeAll, expect, test } from "vitest";
import { RecordingSubgraphs } from "../harness/recording-subgraphs.ts";
import { SHIPS_AND_SAILORS } from "../harness/ships-and-sailors.ts";
import { TestAuthority, type TestSystem } from "../harness/test-authority.ts";
import { composeSupergraph, TestRouter } from "../harness/test-router.ts";

let authority: TestAuthority;
let system: TestSystem;
let world: RecordingSubgraphs;
let router: TestRouter;

beforeAll(async () => {
  authority = await TestAuthority.start();
  system = await authority.system("harbour");
  authority.grant("harbour", "VOYAGE");
  authority.people.set("somebody", { pin: "1", status: "active" });
  world = await RecordingSubgraphs.start(SHIPS_AND_SAILORS);
  router = await TestRouter.start(composeSupergraph(world.subgraphs), world.settings, authority);
});
afterAll(async () => {
  await router.stop();
  await world.stop();
  await authority.stop();
});

/** Asks, and says which subgraph was asked at which distance. */
async function distancesOf(query: string): Promise<{ data: unknown; fetches: string[] }> {
  world.take();
  const token = await authority.token(system, { purpose: "VOYAGE", sub: "somebody" });
  const { body } = await router.ask(query, { token });
  const fetches = world.take().map(({ subgraph, permit }) => `${subgraph} ${permit.distance}`);
  return { data: body.data, fetches: fetches.toSorted() };
}

test.each([
  ["a look-up of the caller's own", `{ sailor(id: 1) { name } }`, ["crews 0"]],
  ["the same entity in another register", `{ sailor(id: 1) { wage } }`, ["crews 0", "wages 0"]],
  ["a list of the caller's own", `{ sailors { wage } }`, ["crews 0", "wages 0"]],
  [
    "an entity, its edge, another entity",
    `{ ship(id: "s1") { crew { rank sailor { name } } } }`,
    ["crews 1", "ships 0"],
  ],
  ["an entity, another entity", `{ ship(id: "s1") { owner { wage } } }`, ["ships 0", "wages 1"]],
  [
    "a chain of two",
    `{ ship(id: "s1") { owner { captain { wage } } } }`,
    ["crews 1", "ships 0", "wages 2"],
  ],
  [
    "a chain of three, by lists, edges and registers",
    `{ sailor(id: 1) { ships { crew { sailor { captain { wage } } } } } }`,
    ["crews 0", "crews 2", "ships 0", "wages 3"],
  ],
  [
    "two ways to one subgraph, each at its own distance",
    `{ sailor(id: 1) { wage captain { wage captain { wage } } } }`,
    ["crews 0", "wages 0", "wages 1", "wages 2"],
  ],
  [
    "back where one came from: a distance is never reset",
    `{ sailor(id: 1) { ships { crew { sailor { wage } } } wage } }`,
    ["crews 0", "ships 0", "wages 0", "wages 2"],
  ],
  [
    "aliases and fragments",
    `{ a: ship(id: "s1") { ...F } } fragment F on Ship { b: crew { ... { c: sailor { wage } } } }`,
    ["ships 0", "wages 1"],
  ],
  [
    "a union's members are counted apart: what is no entity adds nothing",
    `{ find(text: "a") { ... on Note { about { wage } } } }`,
    ["ships 0", "wages 0"],
  ],
  [
    "a union's member that is an entity adds one",
    `{ find(text: "a") { ... on Ship { owner { wage } } } }`,
    ["ships 0", "wages 1"],
  ],
  ["who is signed in", `{ me { wage name } }`, ["crews 0", "desk 0", "wages 0"]],
  [
    "who is signed in, and whom she knows",
    `{ me { mates { sailor { wage } } } }`,
    ["crews 0", "desk 0", "wages 1"],
  ],
])("%s", async (_title, query, fetches) => {
  expect((await distancesOf(query)).fetches).toEqual(fetches);
});

test("different ways to one response key: the count that shows least stands for all", async () => {
  // A ship's owner is one away, whom a note is about is none away; both are called x, and fetched together.
  const { data, fetches } = await distancesOf(
    `{ find(text: "a") { ... on Ship { x: owner { wage } } ... on Note { x: about { wage } } } }`,
  );
  expect(data).toEqual({ find: [{ x: { wage: 200 } }, {}, { x: { wage: 300 } }] });
  expect(fetches).toEqual(["ships 0", "wages 4"]);
});

test("representations come out of answers: a caller's variable of that name is no representation", async () => {
  world.take();
  const token = await authority.token(system, { purpose: "VOYAGE" });
  await router.ask(
    `query ($representations: ID!) { ship(id: $representations) { owner { wage } } }`,
    { token, variables: { representations: "s2" } },
  );
  const [root, entities] = world.take();
  expect(root?.request.variables).toEqual({ representations: "s2" });
  expect(entities?.request.variables).toEqual({
    representations: [{ __typename: "Sailor", id: "3" }],
  });
  const { body } = await router.ask(
    `query ($representations: [_Any!]!) { _entities(representations: $representations) { __typename } }`,
    { token, variables: { representations: [{ __typename: "Sailor", id: "3" }] } },
  );
  expect(body.errors?.map(({ extensions }) => extensions["code"])).toContain(
    "GRAPHQL_VALIDATION_FAILED",
  );
  expect(world.take()).toEqual([]);
});
