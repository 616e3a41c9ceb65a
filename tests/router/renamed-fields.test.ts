import { expect, test } from "vitest";
import { loadedSupergraph, readOperation } from "../harness/loaded-supergraph.ts";
import { throughStages } from "../harness/through-stages.ts";

const LINK =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable"])';

/** One subgraph has a field that must not be null, so that both cannot be selected under one key there. */
const supergraph = loadedSupergraph({
  ships: `${LINK}
    type Query { all: [Vessel]  first: Ship }
    union Vessel = Ship | Boat
    type Ship @key(fields: "id") { id: ID!  name: String! @shareable  tons: Int }
    type Boat @key(fields: "id") { id: ID!  name: String @shareable }`,
  names: `${LINK}
    type Ship @key(fields: "id") { id: ID!  name: String @shareable }
    type Boat @key(fields: "id") { id: ID!  name: String @shareable }`,
});
const QUERY = "{ all { ... on Ship { name } ... on Boat { name } } first { tons } }";

/** Asks, and gives each answer the keys under which its subgraph was asked. */
async function ask(instead: (text: string) => unknown) {
  let asked = "";
  const operation = readOperation(supergraph, QUERY);
  const { answer } = await throughStages(operation, new Set(), async (_subgraph, { query }) => {
    asked = query;
    const key = /(\w+): ?name/.exec(query)?.[1] ?? "none";
    const onShip = /on Ship ?\{[^}]*\w+: ?name/.test(query);
    const text = JSON.stringify(instead(key))
      .replaceAll("$ship", onShip ? key : "name")
      .replaceAll("$boat", onShip ? "name" : key);
    return await Promise.resolve(JSON.parse(text) as object);
  });
  return { answer, asked };
}

const ALL = [
  { __typename: "Ship", $ship: "Sao" },
  { __typename: "Boat", $boat: "Trăng" },
];

test("what goes under another key to a subgraph comes back under the caller's own", async () => {
  const { answer, asked } = await ask(() => ({ data: { all: ALL, first: { tons: 7 } } }));
  expect(asked).toMatch(/\w+: ?name/);
  expect(answer).toEqual({
    data: { all: [{ name: "Sao" }, { name: "Trăng" }], first: { tons: 7 } },
  });
});

test("so do errors: nobody is told of a key that she has not chosen", async () => {
  const { answer } = await ask(() => ({
    data: { all: [ALL[0], { __typename: "Boat", $boat: null }], first: null },
    errors: [{ message: "No name.", path: ["all", 1, "$boat"], extensions: { code: "NO_NAME" } }],
  }));
  expect(answer.data).toEqual({ all: [{ name: "Sao" }, { name: null }], first: null });
  expect(answer.errors?.map(({ path, message }) => ({ path, message }))).toEqual([
    { path: ["all", 1, "name"], message: "No name." },
  ]);
});

test("what was null under another key is null for what is computed of it, and not missing", async () => {
  const computing = loadedSupergraph({
    yards: `${LINK.replace('"@shareable"', '"@external", "@requires"')}
      type Query { all: [Vessel] }
      union Vessel = Ship | Boat
      type Ship @key(fields: "id") {
        id: ID!  name: String @external  label: String @requires(fields: "name")
      }
      type Boat @key(fields: "id") { id: ID! }`,
    names: `${LINK}
      type Ship @key(fields: "id") { id: ID!  name: String }
      type Boat @key(fields: "id") { id: ID!  name: String! }`,
  });
  const query = "{ all { ... on Boat { name } ... on Ship { name label } } }";
  let given: unknown;
  let key: string | undefined;
  const { answer } = await throughStages(
    readOperation(computing, query),
    new Set(),
    async (subgraph, asked) => {
      const data = (): object => {
        if (subgraph === "names") {
          key = /on Ship ?\{(\w+): ?name\}/.exec(asked.query)?.[1];
          return { _entities: [{ name: "Trăng" }, { [key ?? "name"]: null }] };
        }
        if (asked.query.includes("_entities")) {
          given = asked.variables["representations"];
          return { _entities: [{ label: "unnamed" }] };
        }
        const all = [
          { __typename: "Boat", id: "2" },
          { __typename: "Ship", id: "1" },
        ];
        return { all };
      };
      return await Promise.resolve({ data: data() });
    },
  );
  expect(key).not.toBeUndefined();
  expect(given).toEqual([{ __typename: "Ship", id: "1", name: null }]);
  expect(answer).toEqual({ data: { all: [{ name: "Trăng" }, { name: null, label: "unnamed" }] } });
});

test("what failed of a field that the plan added is not told of the caller's own under its name", async () => {
  const priced = loadedSupergraph({
    yards: `${LINK.replace('"@shareable"', '"@external", "@requires"')}
      type Query { ship: Ship }
      type Ship @key(fields: "id") {
        id: ID!
        price(currency: String = "VND"): Int @external
        tons: Int @external
        levy: String @requires(fields: "price(currency: \\"USD\\") tons")
      }`,
    prices: `${LINK}
      type Ship @key(fields: "id") {
        id: ID!  name: String  price(currency: String = "VND"): Int  tons: Int
      }`,
  });
  const failed = (key: string) => ({
    message: `no ${key}`,
    path: ["_entities", 0, key],
    extensions: { code: "NO_FACT" },
  });
  const ask = async (query: string) => {
    const { answer } = await throughStages(
      readOperation(priced, query),
      new Set(),
      async (subgraph, asked) => {
        if (subgraph === "prices") {
          const entity = { price: null, tons: null, own_price: null, own_tons: "Sao" };
          const errors = ["price", "own_price", "tons"]
            .filter((key) => asked.query.includes(key))
            .map(failed);
          return await Promise.resolve({ data: { _entities: [entity] }, errors });
        }
        if (asked.query.includes("_entities"))
          return await Promise.resolve({ data: { _entities: [{ levy: "none" }] } });
        return await Promise.resolve({ data: { ship: { __typename: "Ship", id: "1" } } });
      },
    );
    const errors = answer.errors?.map(({ path, message }) => ({ path, message }));
    return { data: answer.data, errors };
  };
  expect(await ask("{ ship { price levy } }")).toEqual({
    data: { ship: { price: null, levy: "none" } },
    errors: [{ path: ["ship", "price"], message: "no own_price" }],
  });
  expect(await ask("{ ship { tons: name levy } }")).toEqual({
    data: { ship: { tons: "Sao", levy: "none" } },
    errors: undefined,
  });
});
