import { afterAll, beforeAll, expect, test } from "vitest";
import { StubFederation } from "../harness/stub-federation.ts";

const LINK =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@external", "@requires", "@requiresScopes", "@interfaceObject"])';
let federation: StubFederation;

interface Item {
  __typename: string;
  id: string;
  price?: number;
  tax?: number;
  size?: { pages: number };
}

/** Items of two types; the registers that compute something of them do not know their types. */
beforeAll(async () => {
  federation = await StubFederation.start({
    items: {
      schema: `${LINK} type Query { items: [Item!] book: Book }
        type Size { pages: Int }
        interface Item @key(fields: "id") { id: ID! price: Int size: Size }
        type Book implements Item @key(fields: "id") { id: ID! price: Int size: Size title: String }
        type Film implements Item @key(fields: "id") { id: ID! price: Int size: Size minutes: Int }`,
      resolvers: {
        "Query.items": [
          { __typename: "Book", id: "b1" },
          { __typename: "Film", id: "f1" },
        ],
        "Query.book": { __typename: "Book", id: "b1" },
        "Book.price": 100,
        "Film.price": 500,
        "Book.size": { __typename: "Size", pages: 7 },
        "Film.size": null,
        "Book.title": "Kiều",
      },
      // Who knows an item by its number alone is told which type it is of.
      entity: ({ id }) => ({ __typename: id === "b1" ? "Book" : "Film", id }),
    },
    taxes: {
      schema: `${LINK} type Query { taxed: Item } type Size { pages: Int @external }
        type Item @key(fields: "id") @interfaceObject {
          id: ID! price: Int @external size: Size @external
          rank: Int
          tax(percent: Int! = 10): Int @requires(fields: "price size { pages }") }`,
      resolvers: {
        "Query.taxed": { __typename: "Item", id: "f1" },
        "Item.rank": 1,
        "Item.tax": ({ __typename, price = 0, size }: Item, { percent }: { percent: number }) => {
          if (__typename !== "Item") throw new Error(`${__typename} is unknown`);
          return (price * percent) / 100 + (size?.pages ?? 0);
        },
      },
    },
    tolls: {
      schema: `${LINK} type Query { tolls: Int } type Note { text: String }
        type Item @key(fields: "id") @interfaceObject { id: ID! tax(percent: Int! = 10): Int @external
          toll: Int @requires(fields: "tax") notes: [Note!] @requires(fields: "tax(percent: 20)")
          secret: Int @requires(fields: "tax") @requiresScopes(scopes: [["secrets"]]) }`,
      resolvers: {
        "Item.toll": ({ __typename, tax = 0 }: Item) => {
          if (__typename !== "Item") throw new Error(`${__typename} is unknown`);
          return tax * 2;
        },
        "Item.secret": ({ tax = 0 }: Item) => tax * 3,
        "Item.notes": ({ tax }: Item) => [{ __typename: "Note", text: `of ${tax}` }],
      },
    },
  });
});
afterAll(async () => {
  await federation?.stop();
});

test.each([
  [
    "{ items { id toll } }",
    {
      items: [
        { id: "b1", toll: 34 },
        { id: "f1", toll: 100 },
      ],
    },
  ],
  ["{ book { toll title } }", { book: { toll: 34, title: "Kiều" } }],
  ["{ items { ... on Book { toll } } }", { items: [{ toll: 34 }, {}] }],
  [
    "{ items { __typename ... on Film { toll tax } ... on Book { of: toll rank } } }",
    {
      items: [
        { __typename: "Book", of: 34, rank: 1 },
        { __typename: "Film", toll: 100, tax: 50 },
      ],
    },
  ],
  [
    "{ items { notes { text } toll ... on Book { half: tax(percent: 50) } ... on Film { half: tax(percent: 20) } } }",
    {
      items: [
        { notes: [{ text: "of 27" }], toll: 34, half: 57 },
        { notes: [{ text: "of 100" }], toll: 100, half: 100 },
      ],
    },
  ],
  ["{ taxed { id toll } }", { taxed: { id: "f1", toll: 100 } }],
  ["{ taxed { rank tax ... on Film { toll } } }", { taxed: { rank: 1, tax: 50, toll: 100 } }],
])(
  "what is computed of what another register computes, of objects whose types both do not know: %s",
  async (query, data) => {
    const { body } = await federation.router.ask(query);
    expect(body).toMatchObject({ data });
    expect(body.errors).toBeUndefined();
  },
);

test.each([
  "{ items { id secret } }",
  "{ items { id ... on Book { secret } ... on Film { secret } } }",
])("who may not see it does not get it, before or after who may: %s", async (query) => {
  const ask = async (scopes: string[]) => {
    federation.forget();
    const { body } = await federation.router.ask(query, { scopes });
    const isAsked = federation.fetches.some((each) => each.query.includes("secret"));
    return {
      data: body.data,
      codes: body.errors?.map(({ extensions }) => extensions["code"]),
      isAsked,
    };
  };
  const open = {
    items: [
      { id: "b1", secret: 51 },
      { id: "f1", secret: 150 },
    ],
  };
  const closed = {
    items: [
      { id: "b1", secret: null },
      { id: "f1", secret: null },
    ],
  };
  for (const scopes of [[], ["secrets"], [], ["secrets"]]) {
    const { data, codes, isAsked } = await ask(scopes);
    const may = scopes.length > 0;
    expect(data).toEqual(may ? open : closed);
    expect(new Set(codes)).toEqual(new Set(may ? [] : ["UNAUTHORIZED_FIELD_OR_TYPE"]));
    expect(isAsked).toBe(may);
  }
});
