import { afterAll, beforeAll, expect, test } from "vitest";
import { StubFederation } from "../harness/stub-federation.ts";

/** Subgraphs that do not say the same of what they share. */
const LINK =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@external", "@requires", "@provides", "@shareable", "@interfaceObject", "@requiresScopes"])';
let federation: StubFederation;

const SAO = { __typename: "Ship", id: "s1", name: "Sao" };
const TRE = { __typename: "Raft", id: "r1", logs: 7 };

beforeAll(async () => {
  federation = await StubFederation.start({
    // Here a flagship is a ship, and nothing else but ships and boats is a craft.
    navy: {
      schema: `${LINK} type Query { port: Port @shareable }
        union Craft = Ship | Boat
        interface Moored { id: ID! }
        type Port { flagship: Ship @shareable first: Ship @shareable moored: [Craft!] @shareable }
        type Ship implements Moored @key(fields: "id") { id: ID! name: String @requiresScopes(scopes: [["name"]]) }
        type Boat implements Moored @key(fields: "id") { id: ID! oars: Int }`,
      resolvers: {
        "Query.port": { __typename: "Port" },
        "Port.flagship": SAO,
        "Port.first": SAO,
        "Port.moored": [SAO],
      },
    },
    // Here it may be a raft as well.
    club: {
      schema: `${LINK} type Query { port: Port @shareable }
        union Craft = Ship | Raft
        interface Moored { id: ID! }
        type Port { flagship: Craft @shareable first: Moored @shareable guest: Craft }
        type Ship implements Moored @key(fields: "id") { id: ID! }
        type Raft implements Moored { id: ID! logs: Int }`,
      resolvers: {
        "Query.port": { __typename: "Port" },
        "Port.flagship": SAO,
        "Port.first": SAO,
        "Port.guest": TRE,
      },
    },
    // What it provides of an interface it provides of all that implement it.
    shows: {
      schema: `${LINK} type Query { show: Show @provides(fields: "acts { id title }") }
        interface Show { id: ID! acts: [Act] } interface Act { id: ID! title: String }
        type Gala implements Show { id: ID! @shareable acts: [Act] @external }
        type Song implements Act { id: ID! @external title: String @external }`,
      resolvers: {
        "Query.show": {
          __typename: "Gala",
          id: "g1",
          acts: [{ __typename: "Song", id: "x1", title: "Bèo dạt mây trôi" }],
        },
      },
    },
    stage: {
      schema: `${LINK} interface Show { id: ID! acts: [Act] } interface Act { id: ID! title: String }
        type Gala implements Show @key(fields: "id") { id: ID! acts: [Act] @shareable }
        type Song implements Act @key(fields: "id") { id: ID! title: String @shareable minutes: Int }`,
      resolvers: {
        "Gala.acts": [{ __typename: "Song", id: "x1", title: "Bèo dạt mây trôi" }],
        "Song.minutes": 4,
      },
    },
    // The first of its keys is one by which it finds nothing.
    tolls: {
      schema: `${LINK} type Query { barges: [Barge!] }
        type Barge @key(fields: "plate { series }", resolvable: false) @key(fields: "id plate { number }") {
          id: ID! plate: Plate! tons: Int @external toll: Int @requires(fields: "tons") }
        type Plate { series: ID! number: ID! }`,
      resolvers: {
        "Query.barges": [{ __typename: "Barge", id: "b1", plate: { series: "HP", number: "12" } }],
      },
      entity: (given) => {
        const plate = given["plate"] as { number?: string } | undefined;
        if (given["id"] !== "b1" || plate?.number !== "12") throw new Error("nobody knows it");
        return { ...given, toll: (given["tons"] as number) * 3 };
      },
    },
    scales: {
      schema: `${LINK} type Barge @key(fields: "id") { id: ID! tons: Int }`,
      resolvers: { "Barge.tons": 40 },
    },
    // Nothing at all is a rumour, and whoever says so finds none.
    gossip: {
      schema: `${LINK} type Query { rumour: Rumour } interface Rumour @key(fields: "id") { id: ID! }`,
      resolvers: {},
    },
    mill: {
      schema: `${LINK} type Query { milled: Int } type Rumour @key(fields: "id", resolvable: false) @interfaceObject { id: ID! age: Int }`,
      resolvers: { "Query.milled": 1 },
    },
  });
});

afterAll(async () => await federation?.stop());

async function askedThrice(query: string, scopes: readonly string[] = []): Promise<unknown> {
  const { body } = await federation.router.ask(query, { scopes });
  // A first answer is parsed; the later ones may be read as they come.
  for (let time = 2; time <= 3; time += 1) {
    const again = await federation.router.ask(query, { scopes });
    expect(again.body).toEqual(body);
  }
  return body;
}

const CRAFT = "{ __typename ... on Ship { id name } ... on Raft { logs } ... on Boat { oars } }";

test("one says a type where another says the union or interface that it is of", async () => {
  const query = `{ port { flagship ${CRAFT} moored ${CRAFT} guest ${CRAFT} first { __typename id ... on Ship { name } } } }`;
  expect(await askedThrice(query, ["name"])).toEqual({
    data: {
      port: { flagship: SAO, moored: [SAO], guest: { __typename: "Raft", logs: 7 }, first: SAO },
    },
  });
});

test("what an object is, is known there too, where nothing but that is asked", async () => {
  const query =
    "{ port { flagship { kind: __typename } first { ... on Ship { id } ... on Moored { id } } } }";
  expect(await askedThrice(query)).toEqual({
    data: { port: { flagship: { kind: "Ship" }, first: { id: "s1" } } },
  });
});

test("and whoever may not see a field of that type does not see it there", async () => {
  const query = `{ port { flagship ${CRAFT} first { id ... on Ship { name } } } }`;
  expect(await askedThrice(query)).toMatchObject({
    data: {
      port: {
        flagship: { __typename: "Ship", id: "s1", name: null },
        first: { id: "s1", name: null },
      },
    },
    errors: [
      { path: ["port", "flagship", "name"], extensions: { code: "UNAUTHORIZED_FIELD_OR_TYPE" } },
      { path: ["port", "first", "name"], extensions: { code: "UNAUTHORIZED_FIELD_OR_TYPE" } },
    ],
  });
});

test("what is provided of an interface is provided of what implements it", async () => {
  const song = { id: "x1", title: "Bèo dạt mây trôi" };
  federation.forget();
  expect(await askedThrice("{ show { acts { id title } } }")).toEqual({
    data: { show: { acts: [song] } },
  });
  expect(new Set(federation.fetches.map(({ subgraph }) => subgraph))).toEqual(new Set(["shows"]));
  expect(await askedThrice("{ show { acts { id title ... on Song { minutes } } } }")).toEqual({
    data: { show: { acts: [{ ...song, minutes: 4 }] } },
  });
});

test("a subgraph is asked by a key by which it finds something", async () => {
  expect(await askedThrice("{ barges { id toll } }")).toEqual({
    data: { barges: [{ id: "b1", toll: 120 }] },
  });
});

test("of an interface that nothing implements nothing is known, and that is said", async () => {
  const { status, body } = await federation.router.ask("{ rumour { age } }");
  expect({ status, body }).toMatchObject({
    status: 500,
    body: { errors: [{ extensions: { code: "PLAN_FAILED" } }] },
  });
});
