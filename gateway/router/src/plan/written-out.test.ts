import { buildSchema, parse, print, validate } from "graphql";
import { describe, expect, test } from "vitest";
import { writtenOut } from "./written-out.ts";

const schema = buildSchema(`
  type Query { named(first: Int): [Named]  ship: Ship  any: Any  nobody: Nobody }
  type Mutation { rename(name: String): Named }
  interface Named { name: String  next(first: Int): Named }
  interface Nobody { name: String }
  type Ship implements Named { name: String  next(first: Int): Ship  draught: Int }
  type Person implements Named { name: String  next(first: Int): Named  born: Int }
  type Buoy { draught: Int }
  union Any = Ship | Buoy
`);

function written(query: string, name: string | null = null): string | undefined {
  const document = parse(query);
  expect(validate(schema, document)).toEqual([]);
  const made = writtenOut(document, name, schema);
  if (made === undefined) return undefined;
  expect(validate(schema, made)).toEqual([]);
  return print(made);
}

describe("what is selected of an interface or a union is written out for each type of object", () => {
  test.each([
    [
      "fields, and what is selected of them",
      "query($n: Int) { a: named(first: $n) { b: name next(first: 2) { name } } }",
      `query($n: Int) { a: named(first: $n) {
        ... on Ship { b: name next(first: 2) { name } }
        ... on Person { b: name next(first: 2) { ... on Ship { name } ... on Person { name } } } } }`,
    ],
    [
      "fragments within each other, for the types that they mean",
      "{ any { ... on Named { name ... on Person { born } } ... on Buoy { draught } ... { __typename } } }",
      "{ any { ... on Ship { name __typename } ... on Buoy { draught __typename } } }",
    ],
    [
      "what is selected in several places, once",
      "{ named { name next { name } ... on Ship { next { draught } name } } }",
      `{ named { ... on Ship { name next { name draught } }
        ... on Person { name next { ... on Ship { name } ... on Person { name } } } } }`,
    ],
    [
      "below objects",
      "{ ship { next { draught } } any { ... on Buoy { draught } } }",
      "{ ship { next { draught } } any { ... on Buoy { draught } } }",
    ],
    [
      "without what is left out whatever happens",
      "{ named { name @skip(if: true) ... on Ship @include(if: false) { draught } ... on Person @skip(if: false) { born } } }",
      "{ named { ... on Person { born } } }",
    ],
    [
      "where nothing is selected of any of them, it is asked whether there is one",
      "{ nobody { name } ship { name } }",
      "{ nobody { __typename } ship { name } }",
    ],
    [
      "of a mutation",
      "mutation { rename(name: null) { name } }",
      "mutation { rename(name: null) { ... on Ship { name } ... on Person { name } } }",
    ],
  ])("%s", (_title, query, out) => {
    expect(written(query)).toBe(print(parse(out)));
  });

  test("in the operation that is asked, with its fragments put in", () => {
    const query = `query A { named { ...N } } query B { ship { ...N } }
      fragment N on Named { next { name } }`;
    const made = parse(written(query, "A")!).definitions.map((each) => print(each));
    expect(made).toEqual(
      parse(`query A { named {
          ... on Ship { next { name } }
          ... on Person { next { ... on Ship { name } ... on Person { name } } } } }
        query B { ship { ...N } } fragment N on Named { next { name } }`).definitions.map((each) =>
        print(each),
      ),
    );
  });
});

describe("nothing is written out", () => {
  test.each([
    "{ ship { name next { draught } } }",
    "{ ...A } fragment A on Query { ship { ... on Named { name } } __schema { types { name } } }",
  ])("where nothing is selected of an interface or a union: %s", (query) => {
    expect(written(query)).toBeUndefined();
  });

  test("where it would be more than two thousand fields", () => {
    const within = (depth: number): string =>
      depth === 0 ? "name" : `next { ${within(depth - 1)} }`;
    // A person's next is a ship or a person, so that with each step there is one type more: (n + 2) * (n + 3) / 2 fields in all.
    const fields = (depth: number): number =>
      written(`{ named { ${within(depth)} } }`)?.match(/\b(name|next|named)\b/g)?.length ?? 0;
    expect(fields(10)).toBe(78);
    expect(fields(60)).toBe(1_953);
    expect(fields(61)).toBe(0);
  });
});
