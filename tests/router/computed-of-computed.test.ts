import { afterAll, beforeAll, expect, test } from "vitest";
import { StubFederation } from "../harness/stub-federation.ts";

const LINK =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@external", "@requires", "@provides", "@shareable"])';
let federation: StubFederation;

interface Ship {
  id: string;
  price?: number;
  tax?: number;
}

beforeAll(async () => {
  federation = await StubFederation.start({
    taxes: {
      schema: `${LINK} type Query { ship: Ship lent: Ship @provides(fields: "price") }
        type Ship @key(fields: "id") { id: ID! name: String price: Int @external tax: Int @requires(fields: "price") }`,
      resolvers: {
        "Query.ship": { __typename: "Ship", id: "s1" },
        "Query.lent": { __typename: "Ship", id: "s2", price: 70 },
        "Ship.name": "Sao",
        // What many a register would do: it computes with whatever it is given.
        "Ship.tax": ({ price = 0 }: Ship) => price / 10,
      },
    },
    levies: {
      schema: `${LINK} type Query { levies: Int }
        type Ship @key(fields: "id") { id: ID! price: Int @shareable tax: Int @external levy: Int @requires(fields: "tax") }`,
      resolvers: { "Ship.price": 500, "Ship.levy": ({ tax = 0 }: Ship) => tax * 2 },
    },
  });
});
afterAll(async () => {
  await federation?.stop();
});

test("where the plan has a register compute a field of nothing, nothing is asked and nothing wrong is answered", async () => {
  federation.forget();
  const { status, body } = await federation.router.ask("{ ship { levy } }");
  expect([status, body]).toEqual([
    500,
    {
      errors: [
        {
          message: "No plan was found for the operation: ask for its parts one by one.",
          extensions: {
            code: "PLAN_FAILED",
            coordinate: "Ship.tax",
            requestId: expect.any(String) as string,
          },
        },
      ],
    },
  ]);
  expect(federation.fetches).toEqual([]);
});

test("its parts are answered one by one", async () => {
  expect((await federation.router.ask("{ ship { name tax } }")).body.data).toEqual({
    ship: { name: "Sao", tax: 50 },
  });
});

test("what a register is provided with it may compute with at once", async () => {
  federation.forget();
  expect((await federation.router.ask("{ lent { tax } }")).body.data).toEqual({
    lent: { tax: 7 },
  });
  expect(federation.fetches.map(({ subgraph }) => subgraph)).toEqual(["taxes"]);
});
