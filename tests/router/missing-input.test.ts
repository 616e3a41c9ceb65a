import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { StubFederation } from "../harness/stub-federation.ts";

const LINK =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@external", "@requires", "@shareable"])';
let federation: StubFederation;
let shelves: StubFederation;
let twoWays: StubFederation;
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
  // What is like a book the first register tells itself, with its label and without its key; what is like a film another one.
  const item = "interface Item { id: ID! label: String like: [Item] }";
  shelves = await StubFederation.start({
    shelves: {
      schema: `${LINK} type Query { items: [Item] } ${item}
        type Book implements Item @key(fields: "id") { id: ID! label: String like: [Item] }
        type Film implements Item @key(fields: "id") { id: ID! label: String like: [Item] @external }`,
      resolvers: {
        "Query.items": [
          { __typename: "Book", id: "b1" },
          { __typename: "Film", id: "f1" },
        ],
        "Book.like": [{ __typename: "Film", id: "f2" }],
        "Book.label": null,
        "Film.label": null,
      },
    },
    likes: {
      schema: `${LINK} type Query { likes: Int } interface Item { id: ID! like: [Item] }
        type Book implements Item @key(fields: "id") { id: ID! like: [Item] @external }
        type Film implements Item @key(fields: "id") { id: ID! like: [Item] }`,
      resolvers: { "Film.like": [{ __typename: "Book", id: "b2" }] },
    },
  });
  // What is like a book two registers tell. The plan asks both, and one of them not for the key of what is like it.
  twoWays = await StubFederation.start({
    finds: {
      schema: `${LINK} type Query { anything: Found } union Found = Book | Film
        type Book @key(fields: "id") { id: ID! } type Film @key(fields: "id") { id: ID! }`,
      resolvers: { "Query.anything": { __typename: "Book", id: "b1" } },
    },
    books: {
      schema: `${LINK} type Query { books: Int } interface Item { id: ID! }
        type Person @key(fields: "id") { id: ID! name: String }
        type Book implements Item @key(fields: "id") { id: ID! like(first: Int): [Item] @shareable }
        type Film implements Item @key(fields: "id") { id: ID! }`,
      resolvers: {
        // The slower one: it answers when others have been asked already for what the quicker one gave.
        "Book.like": async () => {
          await vi.waitFor(() => {
            expect(twoWays.fetches.map(({ subgraph }) => subgraph)).toContain("words");
          }, 10_000);
          return [{ __typename: "Book", id: "b2" }];
        },
        "Person.name": "An",
      },
    },
    words: {
      schema: `${LINK} type Query { words: Int } interface Item { id: ID! word: String }
        type Person @key(fields: "id") { id: ID! name: String @external label: String @requires(fields: "name") }
        type Book implements Item @key(fields: "id") { id: ID! word: String maker: Person }
        type Film implements Item @key(fields: "id") { id: ID! word: String @shareable }`,
      resolvers: {
        "Book.word": ({ id }: { id: string }) => `word of ${id}`,
        "Book.maker": { __typename: "Person", id: "p1" },
        "Person.label": ({ name }: { name: string }) => `Dr ${name}`,
      },
    },
    likes: {
      schema: `${LINK} type Query { likes: Int } interface Item { id: ID! like(first: Int): [Item] }
        type Book implements Item @key(fields: "id") { id: ID! like(first: Int): [Item] @shareable }
        type Film implements Item @key(fields: "id") { id: ID! like(first: Int): [Item] word: String @shareable }`,
      resolvers: { "Book.like": [{ __typename: "Book", id: "b2" }] },
    },
  });
});
afterAll(async () => {
  await federation?.stop();
  await shelves?.stop();
  await twoWays?.stop();
});

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

test("what another fetch has given is not missing where a later one cannot ask for it, a null neither", async () => {
  expect((await shelves.router.ask("{ items { like { label } } }")).body).toEqual({
    data: { items: [{ like: [{ label: null }] }, { like: [{ label: null }] }] },
  });
});

test("nor is what another fetch gives later", async () => {
  const query =
    "{ anything { ... on Item { like { ... on Book { like(first: 4) { word } maker { label } } ... on Item { word } } } } }";
  expect((await twoWays.router.ask(query)).body).toEqual({
    data: {
      anything: {
        like: [{ like: [{ word: "word of b2" }], maker: { label: "Dr An" }, word: "word of b2" }],
      },
    },
  });
});
