import { afterAll, beforeAll, expect, test } from "vitest";
import { StubFederation } from "../harness/stub-federation.ts";

const LINK =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@external", "@requires"])';
let federation: StubFederation;
/** What the scales say of a ship: null where they have not got it. */
let weighed: object | null;

beforeAll(async () => {
  federation = await StubFederation.start({
    ships: {
      schema: `${LINK} type Query { ship: Ship } type Ship @key(fields: "id") { id: ID! name: String }`,
      resolvers: { "Query.ship": { __typename: "Ship", id: "s1" }, "Ship.name": "Sao" },
    },
    scales: {
      schema: `${LINK} type Query { scales: Int } type Ship @key(fields: "id") { id: ID! weight: Int }`,
      resolvers: { "Ship.weight": 30 },
      entity: () => weighed as never,
    },
    tolls: {
      schema: `${LINK} type Query { tolls: Int } type Ship @key(fields: "id") { id: ID! weight: Int @external toll: Int @requires(fields: "weight") gate: String }`,
      resolvers: {
        "Ship.toll": ({ weight }: { weight: number }) => weight * 100,
        "Ship.gate": "North",
      },
    },
  });
});
afterAll(async () => await federation?.stop());

const QUERY = "{ ship { name toll gate } }";

test("a field that needs another register's and one that does not come by one fetch", async () => {
  weighed = { __typename: "Ship" };
  expect((await federation.router.ask(QUERY)).body).toEqual({
    data: { ship: { name: "Sao", toll: 3000, gate: "North" } },
  });
});

test("where what one field needs is missing, its neighbour in the same fetch is given all the same", async () => {
  weighed = null;
  const { body } = await federation.router.ask(QUERY);
  expect(body.data).toEqual({ ship: { name: "Sao", toll: null, gate: "North" } });
  expect(body.errors?.map(({ path, extensions }) => [path, extensions["code"]])).toEqual([
    [["ship", "toll"], "REGISTER_UNAVAILABLE"],
  ]);
});
