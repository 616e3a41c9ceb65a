import { buildSchema, execute, GraphQLError, parse } from "graphql";
import { describe, expect, it } from "vitest";
import { publicError } from "./public-error.ts";

const schema = buildSchema(`
  type Query {
    loans(from: Shelf, of: Book, all: [Book!]): Int
    pages(n: Int!): Int
    shelved(on: [Shelf]): Int
    count(n: Int, rate: Float, word: String, due: Boolean, id: ID): Int
  }
  enum Shelf { POETRY }
  input Book { title: String!, year: Int, shelf: Shelf }
`);

/** With what graphql-js puts around a value: a reason cut out of its message may be somebody's data. */
const PERSON = 'x; "Nguyễn Thị Ân" 901000000001 value: ; enum.';

async function told(query: string, variables: Record<string, unknown>) {
  const document = parse(query);
  const { errors = [] } = await execute({ schema, document, variableValues: variables });
  return errors.map((error) => {
    const { error: shown, fault } = publicError(error, document, "Library");
    expect(fault).toBeUndefined();
    return { code: shown.extensions["code"], message: shown.message };
  });
}

const refused = (...messages: string[]) =>
  messages.map((message) => ({ code: "BAD_USER_INPUT", message }));

describe("of a variable that does not fit, an error tells the type and repeats no value", () => {
  it.each([
    ["Int", "count(n: $v)", PERSON],
    ["Int", "count(n: $v)", [PERSON]],
    ["Float", "count(rate: $v)", PERSON],
    ["String", "count(word: $v)", { [PERSON]: PERSON }],
    ["Boolean", "count(due: $v)", PERSON],
    ["ID", "count(id: $v)", { id: PERSON }],
    ["Shelf", "loans(from: $v)", PERSON],
    ["Shelf", "loans(from: $v)", [PERSON]],
    ["Book", "loans(of: $v)", PERSON],
    ["Book", "loans(of: $v)", { title: "Số đỏ", [PERSON]: 1 }],
    ["Book", "loans(of: $v)", { title: "Số đỏ", year: PERSON }],
    ["[Book!]", "loans(all: $v)", [{ title: "Số đỏ", shelf: PERSON }]],
  ])("%s: %s given %j", async (type, field, value) => {
    expect(await told(`query($v: ${type}) { ${field} }`, { v: value })).toEqual(
      refused(`Variable "$v" must be of type "${type}".`),
    );
  });

  it("keeps what graphql-js says of one that is null or left out", async () => {
    const query = "query($v: Int!, $w: Int!) { a: count(n: $v) b: count(n: $w) }";
    expect(await told(query, { v: null })).toEqual(
      refused(
        'Variable "$v" of non-null type "Int!" must not be null.',
        'Variable "$w" of required type "Int!" was not provided.',
      ),
    );
  });
});

it("says of very many errors of variables that they are the caller's", async () => {
  const shelves = Array.from({ length: 51 }, () => PERSON);
  const all = await told("query($v: [Shelf]) { shelved(on: $v) }", { v: shelves });
  expect(all.slice(49)).toEqual(
    refused('Variable "$v" must be of type "[Shelf]".', "The variables do not fit the operation."),
  );
});

describe("of an argument that a variable makes unfit, an error", () => {
  it("repeats none of the literal", async () => {
    const query = `query($title: String = "Số đỏ") { loans(of: {title: $title, year: 901000000}) }`;
    expect(await told(query, { title: null })).toEqual(
      refused('Argument "of" does not fit its type.'),
    );
  });

  it("names the variable that is null or left out", async () => {
    const query = `query($n: Int = 1) { pages(n: $n) }`;
    expect(await told(query, { n: null })).toEqual(
      refused('Argument "n" of non-null type "Int!" must not be null.'),
    );
  });
});

it("makes a fault of a resolver's error that begins alike", async () => {
  const raw = new GraphQLError("", {
    originalError: new Error('Argument "x" has invalid value 1.'),
  });
  const { error, fault } = publicError(raw, parse("{ count }"), "Library");
  expect(error.extensions).toEqual({ code: "INTERNAL_SERVER_ERROR" });
  expect(fault).toBe(raw.originalError);
});
