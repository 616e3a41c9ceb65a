import { afterAll, beforeAll, expect, test } from "vitest";
import { StubFederation } from "../harness/stub-federation.ts";
import { composeSupergraph, TestRouter } from "../harness/test-router.ts";

const LINK =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@external", "@requires", "@provides", "@shareable", "@extends", "@interfaceObject"])';
let federation: StubFederation;

interface Ship {
  id: string;
  price?: number;
  tax?: number;
  levy?: number;
}

interface Sailor {
  id: string;
  name?: string;
  born?: number;
  label?: string;
}

/** What many a register would do: it computes with whatever it is given. */
const COMPUTED = {
  "Ship.tax": ({ price = 0 }: Ship) => price / 10,
  "Ship.levy": ({ tax = 0 }: Ship) => tax * 2,
  "Sailor.label": ({ name, born }: Sailor) => `${name} of ${born}`,
  "Sailor.card": ({ label }: Sailor) => `<${label}>`,
};

const TAXES = {
  schema: `${LINK} type Query { ship: Ship lent: Ship @provides(fields: "price") }
    type Ship @key(fields: "id") { id: ID! name: String @shareable price: Int @external tax: Int @requires(fields: "price") }`,
  resolvers: {
    ...COMPUTED,
    "Query.ship": { __typename: "Ship", id: "s1" },
    "Query.lent": { __typename: "Ship", id: "s2", price: 70 },
    "Ship.name": "Sao",
  },
};
const LEVIES = {
  schema: `${LINK} type Query { owed: [Owed!] }
    interface Owed { id: ID! levy: Int }
    type Ship implements Owed @key(fields: "id") { id: ID! price: Int @shareable tax: Int @external levy: Int @requires(fields: "tax") }
    type Pier implements Owed @key(fields: "id") { id: ID! levy: Int }`,
  resolvers: {
    ...COMPUTED,
    "Query.owed": [
      { __typename: "Ship", id: "s1" },
      { __typename: "Pier", id: "p1", levy: 3 },
    ],
    "Ship.price": 500,
  },
};

beforeAll(async () => {
  federation = await StubFederation.start({
    taxes: TAXES,
    levies: LEVIES,
    papers: {
      schema: `${LINK} enum Style { SHORT LONG } input Pages { first: Int! = 1 style: Style = SHORT }
        union Anything = Bill | Note
        interface Paper { page: Int }
        type Bill implements Paper { page: Int total: Int of: Ship by: [Anything!] }
        type Note implements Paper { page: Int text(style: Style): String }
        type Ship @key(fields: "id") { id: ID! levy: Int @external papers(pages: Pages): [Paper!] @requires(fields: "levy") due: Int @requires(fields: "levy") }`,
      resolvers: {
        "Ship.papers": ({ levy = 0 }: Ship, { pages }: { pages?: { first: number } }) => [
          {
            __typename: "Bill",
            page: pages?.first,
            total: levy + 1,
            of: { __typename: "Ship", id: "s1" },
          },
          { __typename: "Note", page: 2 },
        ],
        "Ship.due": ({ levy = 0 }: Ship) => levy * 3,
        "Bill.by": [{ __typename: "Note", page: 9 }],
        "Note.text": (_: unknown, { style }: { style?: string }) => `in ${style}`,
      },
    },
    crews: {
      schema: `${LINK} type Query { sailor: Sailor }
        type Sailor @key(fields: "id") { id: ID! mate: Sailor @provides(fields: "name") name: String @external born: Int }`,
      resolvers: {
        "Query.sailor": { __typename: "Sailor", id: "x1" },
        "Sailor.born": 1990,
        "Sailor.mate": { __typename: "Sailor", id: "x2", name: "Tam" },
      },
    },
    people: {
      schema: `${LINK} type Sailor @key(fields: "id") { id: ID! name: String @shareable label: String @external card: String @requires(fields: "label") }`,
      resolvers: { ...COMPUTED, "Sailor.name": ({ id }: Sailor) => (id === "x1" ? "Hai" : "Tam") },
    },
    lists: {
      schema: `${LINK} type Query { named: [Named!] @provides(fields: "... on Sailor { name }") called: [Named!] @provides(fields: "... on Sailor { name } ... on Ship { name }") }
        interface Named { name: String }
        interface Taxed { tax: Int }
        type Sailor implements Named @key(fields: "id") { id: ID! name: String @external }
        type Ship implements Named & Taxed @key(fields: "id") { id: ID! name: String @external tax: Int @external }`,
      resolvers: {
        "Query.named": [{ __typename: "Sailor", id: "x3", name: "Lan" }],
        "Query.called": [
          { __typename: "Sailor", id: "x3", name: "Lan" },
          { __typename: "Ship", id: "s3", name: "Mai" },
        ],
      },
    },
    goods: {
      schema: `${LINK} type Query { goods: [Good!] } interface Good @key(fields: "id") { id: ID! weight: Int }
        type Crate implements Good @key(fields: "id") { id: ID! weight: Int }
        type Barrel implements Good @key(fields: "id") { id: ID! weight: Int litres: Int }`,
      resolvers: {
        "Query.goods": [
          { __typename: "Crate", id: "g1" },
          { __typename: "Barrel", id: "g2" },
        ],
        "Crate.weight": 20,
        "Barrel.weight": 30,
        "Barrel.litres": 5,
      },
    },
    freights: {
      schema: `${LINK} type Good @interfaceObject @key(fields: "id") { id: ID! weight: Int @external freight: Int @requires(fields: "weight") }`,
      resolvers: {
        "Good.freight": ({ weight = 0 }: { weight?: number }) => weight * 7,
      },
    },
    labels: {
      schema: `${LINK} type Sailor @extends @key(fields: "id") { id: ID! @external name: String @external born: Int @external label: String @requires(fields: "name born") }`,
      resolvers: { ...COMPUTED },
    },
  });
});
afterAll(async () => {
  await federation?.stop();
});

async function dataOf(query: string): Promise<unknown> {
  federation.forget();
  const { body } = await federation.router.ask(query);
  expect(body.errors).toBeUndefined();
  return body.data;
}

function asked(): string[] {
  return federation.fetches.map(({ subgraph }) => subgraph);
}

test("each field of a chain is computed once what it is computed of has come", async () => {
  expect(await dataOf("{ ship { levy } }")).toEqual({ ship: { levy: 100 } });
  expect(asked()).toEqual(["taxes", "levies", "taxes", "levies"]);
  expect(await dataOf("{ ship { due: due name tax price l: levy } }")).toEqual({
    ship: { due: 300, name: "Sao", tax: 50, price: 500, l: 100 },
  });
});

test("a subgraph is not asked for what it is handed in other places only", async () => {
  expect(await dataOf("{ sailor { card } }")).toEqual({ sailor: { card: "<Hai of 1990>" } });
  expect(federation.fetches[0]).toMatchObject({
    subgraph: "crews",
    query: "{sailor{__typename id born}}",
  });
  expect(await dataOf("{ sailor { mate { card name } } }")).toEqual({
    sailor: { mate: { card: "<Tam of 1990>", name: "Tam" } },
  });
});

test("what is computed may lead to interfaces, unions and back, and take arguments of any kind", async () => {
  const query = `{ ship { papers(pages: { first: 7, style: LONG }) { __typename page
    ... on Bill { total of { id due papers { page } } by { ... on Note { page text(style: LONG) } } } ... on Note { text } } } }`;
  expect(await dataOf(query)).toEqual({
    ship: {
      papers: [
        {
          __typename: "Bill",
          page: 7,
          total: 101,
          of: { id: "s1", due: 300, papers: [{ page: null }, { page: 2 }] },
          by: [{ page: 9, text: "in LONG" }],
        },
        { __typename: "Note", page: 2, text: "in undefined" },
      ],
    },
  });
});

test("an interface's field may be computed of computed ones for some of its types", async () => {
  expect(await dataOf("{ owed { id levy } }")).toEqual({
    owed: [
      { id: "s1", levy: 100 },
      { id: "p1", levy: 3 },
    ],
  });
});

test("what a register is provided with it may compute with at once", async () => {
  expect(await dataOf("{ lent { tax } }")).toEqual({ lent: { tax: 7 } });
  expect(asked()).toEqual(["taxes"]);
});

test("what a register is provided with of an interface's objects, or of some of them, it may tell at once", async () => {
  expect(await dataOf("{ named { ... on Sailor { name } } }")).toEqual({
    named: [{ name: "Lan" }],
  });
  expect(asked()).toEqual(["lists"]);
  const query = "{ called { name ... on Ship { name } } }";
  expect(await dataOf(query)).toEqual({ called: [{ name: "Lan" }, { name: "Mai" }] });
  expect(asked()).toEqual(["lists"]);
});

test("an interface's object is computed of what its types are handed with", async () => {
  expect(await dataOf("{ goods { id freight } }")).toEqual({
    goods: [
      { id: "g1", freight: 140 },
      { id: "g2", freight: 210 },
    ],
  });
  const query = "{ goods { freight ... on Barrel { litres } ... on Crate { id } } }";
  expect(await dataOf(query)).toEqual({
    goods: [
      { freight: 140, id: "g1" },
      { freight: 210, litres: 5 },
    ],
  });
});

test("where there is no right plan, nothing is asked, and the refusal names what cannot be had", async () => {
  // Whatever is asked would be refused as unreachable.
  const url = "http://127.0.0.1:9/graphql";
  const supergraph = composeSupergraph([
    { name: "taxes", url, schema: TAXES.schema },
    { name: "levies", url, schema: LEVIES.schema },
  ]);
  // A field that takes arguments from what is around it, of which there are none: where there is one such, no field can be
  // in a subgraph of its own.
  const name = "name: String @join__field(graph: TAXES";
  expect(supergraph).toContain(name);
  const router = await TestRouter.start(supergraph.replace(name, `${name}, contextArguments: []`));
  try {
    const { status, body } = await router.ask("{ ship { levy } }");
    expect([status, body]).toEqual([
      500,
      {
        errors: [
          {
            message: "No plan was found for the operation: ask for its parts one by one.",
            extensions: {
              code: "PLAN_FAILED",
              coordinate: "Ship.price",
              requestId: expect.any(String) as string,
            },
          },
        ],
      },
    ]);
  } finally {
    await router.stop();
  }
});
