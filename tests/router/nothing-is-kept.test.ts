import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BatchingSubgraph, type BatchMessage } from "../harness/batching-subgraph.ts";
import { StubFederation } from "../harness/stub-federation.ts";
import { composeSupergraph, TestRouter } from "../harness/test-router.ts";

const LINK =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@external", "@requires"])';

/** What the registers have at present. */
let value = 0;

describe("data that changes between two requests is answered as it is now", () => {
  let federation: StubFederation;
  beforeAll(async () => {
    const owner = (_: unknown, { id }: { id: string }) => ({ __typename: "Ship", id });
    federation = await StubFederation.start({
      ships: {
        schema: `${LINK} type Query { ship(id: ID!): Ship ships: [Ship] count: Int } type Ship @key(fields: "id") { id: ID! deck: Int weight: Int }`,
        resolvers: {
          "Query.ship": owner,
          "Query.ships": () =>
            Array.from({ length: value }, (_, id) => ({ __typename: "Ship", id })),
          "Query.count": () => value,
          "Ship.deck": () => value,
          "Ship.weight": () => value,
        },
      },
      yards: {
        schema: `${LINK} type Query { yards: Int } type Ship @key(fields: "id") { id: ID! crew: Int weight: Int @external toll: Int @requires(fields: "weight") }`,
        resolvers: {
          "Query.yards": () => value,
          "Ship.crew": () => value,
          "Ship.toll": ({ weight }: { weight: number }) => weight * 100,
        },
      },
    });
  });
  afterAll(async () => await federation?.stop());

  test.each([
    ["a root field", "{ count }", () => ({ count: value })],
    ["root fields of two registers", "{ count yards }", () => ({ count: value, yards: value })],
    [
      "fields of a list",
      "{ ships { deck } }",
      () => ({ ships: Array(value).fill({ deck: value }) }),
    ],
    [
      "an entity of another register",
      "{ ships { crew } }",
      () => ({ ships: Array(value).fill({ crew: value }) }),
    ],
    [
      "an entity whose key is an argument, and so asked for at once",
      '{ ship(id: "s1") { crew } }',
      () => ({ ship: { crew: value } }),
    ],
    [
      "what is computed of another register's field",
      '{ ship(id: "s1") { toll } }',
      () => ({ ship: { toll: value * 100 } }),
    ],
  ])("%s", async (_title, query, expected) => {
    for (value of [2, 3, 5]) {
      federation.forget();
      expect((await federation.router.ask(query)).body).toEqual({ data: expected() });
      expect(federation.fetches).not.toEqual([]);
    }
  });

  test("two that ask the same at the same time are each answered by a fetch of their own", async () => {
    federation.forget();
    value = 7;
    const release = federation.hold();
    const both = [0, 1].map(async () => await federation.router.ask("{ count }"));
    await expect.poll(() => federation.fetches.length, { timeout: 10_000 }).toBe(2);
    release();
    for (const { body } of await Promise.all(both)) expect(body).toEqual({ data: { count: 7 } });
  });
});

describe("data that changes between two batches", () => {
  let subgraph: BatchingSubgraph;
  let router: TestRouter;
  beforeAll(async () => {
    subgraph = await BatchingSubgraph.start("type Query { count: Int }");
    subgraph.answer = ({ items, isBatch }: BatchMessage) => {
      const answers = items.map(({ request }) => {
        const { item } = (request.extensions ?? {}) as { item?: number };
        return { data: { count: value }, ...(item === undefined ? {} : { extensions: { item } }) };
      });
      return isBatch ? answers : answers[0];
    };
    router = await TestRouter.start(composeSupergraph([subgraph.subgraph]), subgraph.settings);
  });
  afterAll(async () => {
    await router?.stop();
    await subgraph?.stop();
  });

  test("is answered as it is now", async () => {
    for (value of [1, 2, 3]) {
      const all = Array.from({ length: 12 }, async () => await router.ask("{ count }"));
      for (const { body } of await Promise.all(all))
        expect(body).toEqual({ data: { count: value } });
    }
    const items = subgraph.messages.reduce((sum, message) => sum + message.items.length, 0);
    expect(items).toBe(36);
    expect(subgraph.messages.some(({ isBatch }) => isBatch)).toBe(true);
  });
});
