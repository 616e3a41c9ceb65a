import { afterAll, beforeAll, expect, test } from "vitest";
import { StubFederation } from "../harness/stub-federation.ts";

const LINK =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@external", "@requires", "@shareable"])';
let federation: StubFederation;

interface Book {
  id: string;
  price?: number;
  size?: { height?: number };
}

beforeAll(async () => {
  federation = await StubFederation.start({
    // It tells what is like a book, but of no book its price.
    books: {
      schema: `${LINK} type Query { singer: Person }
        interface Item { id: ID! related: [Item] }
        type Person @key(fields: "id") { id: ID! }
        type Film implements Item @key(fields: "id") { id: ID! related: [Item] @shareable }
        type Size { height: Int }
        type Book implements Item @key(fields: "id") @key(fields: "isbn", resolvable: false) {
          id: ID! isbn: String! related: [Item] size: Size price: Int @external tax: Int @requires(fields: "price") }`,
      resolvers: {
        "Query.singer": { __typename: "Person", id: "p1" },
        "Book.id": ({ id, isbn }: { id?: string; isbn?: string }) => id ?? isbn!.slice(1),
        "Book.isbn": ({ id, isbn }: { id?: string; isbn?: string }) => isbn ?? `i${id}`,
        "Book.related": [{ __typename: "Book", id: "b2" }],
        "Film.related": [{ __typename: "Book", id: "b3" }],
        "Book.size": { height: 20 },
        "Book.tax": ({ price = 0 }: Book) => price / 10,
      },
    },
    // It tells what is like a film, and the price of any book.
    films: {
      schema: `${LINK} interface Item { id: ID! }
        type Person @key(fields: "id") { id: ID! works: [Item] }
        type Film implements Item @key(fields: "id") { id: ID! related: [Item] @shareable }
        type Size { height: Int @external }
        type Book implements Item @key(fields: "isbn") @key(fields: "id") {
          id: ID! isbn: String! price: Int size: Size @external weight: Int @requires(fields: "size { height }") }`,
      resolvers: {
        "Person.works": [
          { __typename: "Film", id: "f1" },
          { __typename: "Book", id: "b1" },
        ],
        "Film.related": [{ __typename: "Book", id: "b3" }],
        "Book.isbn": ({ id, isbn }: { id?: string; isbn?: string }) => isbn ?? `i${id}`,
        "Book.price": ({ id, isbn }: { id?: string; isbn?: string }) =>
          ({ ib1: 100, ib2: 200, ib3: 300 })[isbn ?? `i${id}`],
        "Book.weight": ({ size }: Book) => size?.height,
      },
    },
  });
});
afterAll(async () => await federation?.stop());

test("what comes to one list by two ways is asked for all that is asked of it", async () => {
  const query = "{ singer { works { related { ... on Book { tax weight isbn } } } } }";
  const { body } = await federation.router.ask(query);
  expect(body).toMatchObject({
    data: {
      singer: {
        works: [
          { related: [{ tax: 30, weight: 20, isbn: "ib3" }] },
          { related: [{ tax: 20, weight: 20, isbn: "ib2" }] },
        ],
      },
    },
  });
});
