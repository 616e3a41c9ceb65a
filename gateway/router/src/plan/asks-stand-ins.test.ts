import { buildSchema, parse } from "graphql";
import { expect, test } from "vitest";
import { asksStandIns } from "./asks-stand-ins.ts";

const schema = buildSchema(`
  type Query { item: Item  book: Book  raft: Raft }
  interface Item { price: Int  tax: Int }
  type Book implements Item { price: Int  tax: Int  next: Item }
  type Film implements Item { price: Int  tax: Int }
  type Raft { price: Int  tax: Int }
`);
const supergraph = {
  planner: { schema },
  standInFields: new Set(["Book.tax", "Film.tax"]),
} as unknown as Parameters<typeof asksStandIns>[1];

test.each([
  ["{ item { tax } }", true],
  ["{ item { price ... on Film { money: tax } } }", true],
  ["{ book { next { ...A } } } fragment A on Item { tax }", true],
  ["{ item { price tax: price } book { price } raft { tax } __schema { types { name } } }", false],
])("%s: %s", (query, asks) => {
  expect(asksStandIns(parse(query), supergraph)).toBe(asks);
  expect(asksStandIns(parse(query), { ...supergraph, standInFields: new Set() })).toBe(false);
});
