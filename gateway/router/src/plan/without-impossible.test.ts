import { buildSchema, parse, print } from "graphql";
import { describe, expect, test } from "vitest";
import { withoutImpossible } from "./without-impossible.ts";

const schema = buildSchema(`
  type Query { named: Named  ship: Ship  any: Any }
  interface Named { name: String  next: Named }
  interface Afloat { draught: Int }
  type Ship implements Named & Afloat { name: String  next: Ship  draught: Int }
  type Person implements Named { name: String  next: Named  born: Int }
  type Buoy implements Afloat { draught: Int }
  union Any = Ship | Person
`);

describe("what no object can be meant by is taken out", () => {
  test.each([
    [
      "a type that one of the interfaces around leaves out",
      "{ named { ... on Afloat { ... on Named { name ... on Person { born } } } } }",
      "{ named { ... on Afloat { ... on Named { name } } } }",
    ],
    [
      "where nothing is left, it is asked whether the object is there",
      "{ named { ... on Afloat { ... on Named { ... on Person { born } } } } }",
      "{ named { ... on Afloat { ... on Named { __typename } } } }",
    ],
    [
      "in a named fragment here, and not elsewhere",
      "{ named { ...A ... on Afloat { ...A @include(if: true) } } } fragment A on Named { name ... on Person { born } }",
      "{ named { ...A ... on Afloat { ... on Named @include(if: true) { name } } } } fragment A on Named { name ... on Person { born } }",
    ],
    [
      "a named fragment that means nobody here",
      "{ any { ... on Afloat { ... on Named { ...B name } } } } fragment B on Person { born }",
      "{ any { ... on Afloat { ... on Named { name } } } } fragment B on Person { born }",
    ],
    [
      "below a field, by what it gives on the types that are left",
      "{ named { ... on Afloat { ... on Named { next { name ... on Person { born } } } } } }",
      "{ named { ... on Afloat { ... on Named { next { name } } } } }",
    ],
  ])("%s", (_title, query, left) => {
    expect(print(withoutImpossible(parse(query), schema))).toBe(print(parse(left)));
  });

  test.each([
    "{ named { name ... on Afloat { draught } ... on Person { next { ... on Person { born } } } } }",
    "{ any { ... { ...A } } __schema { types { name } } } fragment A on Ship { next { name } }",
  ])("and nothing else: %s", (query) => {
    const document = parse(query);
    expect(withoutImpossible(document, schema)).toBe(document);
  });
});
