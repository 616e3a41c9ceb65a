import { describe, expect, test } from "vitest";
import { Piece } from "../../gateway/router/src/splice/piece.ts";
import type { ResultMap } from "../../gateway/router/src/execute/merge.ts";
import { loadedSupergraph, readOperation } from "../harness/loaded-supergraph.ts";
import { throughStages } from "../harness/through-stages.ts";

/** What answers are read as text where they are as expected, and what becomes of those that are anything else. */
const SCHEMA = `extend schema
    @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@composeDirective", "@inaccessible"])
    @link(url: "https://truc.vn/spec/access/v1.0", import: ["@subject"])
    @composeDirective(name: "@subject")
  directive @subject(path: String!) repeatable on OBJECT
  scalar Day
  enum Kind { RED GREEN HIDDEN @inaccessible }
  type Query { ship: Ship }
  type Ship @key(fields: "id") @subject(path: "id") { id: ID! name: String parts: [Part!] }
  type Part @subject(path: "..") { size: Int! kind: Kind made: Day maker: Person note: String proof: Proof }
  type Proof @subject(path: "person.id") { text: String person: Person }
  type Person @key(fields: "id") @subject(path: "id") { id: ID! }`;
const QUERY =
  "{ ship { parts { size __proto__: note colour: kind made proof { text } s_0: note } name } }";

const supergraph = loadedSupergraph({ ships: SCHEMA });
const operation = readOperation(supergraph, QUERY);

const PART =
  '{"size":3,"__proto__":"x","colour":"RED","made":"2024-02-29","proof":{"text":"seen","subject_1":{"subject_0":"7"}},"s_0":"x"}';
const textOf = (parts: string, name = '"Hà"'): string =>
  `{"data":{"ship":{"parts":${parts},"name":${name},"subject_2":"S1"}}}`;

/** The answer of both ways to one text, and whether it was read. */
async function taken(text: string) {
  const told = [];
  for (const splices of [true, false]) {
    const reading = { splices, read: 0, parsed: 0 };
    const staged = await throughStages(
      operation,
      new Set(),
      async (_name, { query }) => {
        asked = query;
        return await Promise.resolve(text);
      },
      {},
      reading,
    );
    const { written, answer, cost, subjects } = staged;
    const errors = (answer.errors ?? []).map(({ message, path }) => ({ message, path }));
    const keys = [...subjects.byType].map(([type, each]) => `${type} ${[...each].join(" ")}`);
    told.push({ written, errors, cost, objects: subjects.objects, keys: keys.toSorted() });
    if (splices) wasRead = reading.read === 1;
  }
  expect(told[0]).toEqual(told[1]);
  return { ...told[0]!, wasRead };
}
let asked = "";
let wasRead = false;

test("an answer as it is expected is read, and its text is the answer's", async () => {
  const {
    written,
    errors,
    cost,
    objects,
    keys,
    wasRead: read,
  } = await taken(textOf(`[${PART},${PART}]`));
  expect(asked).toContain("subject_");
  expect(read).toBe(true);
  const part =
    '{"size":3,"__proto__":"x","colour":"RED","made":"2024-02-29","proof":{"text":"seen"},"s_0":"x"}';
  expect(written).toBe(`{"ship":{"parts":[${part},${part}],"name":"Hà"}}`);
  expect([errors, cost, objects, keys]).toEqual([[], 5, 5, ["Person 7", "Ship S1"]]);
});

test("the first answer to a fetch is parsed, since many an operation comes once", async () => {
  const again = readOperation(supergraph, QUERY);
  const read: boolean[] = [];
  for (let times = 0; times < 3; times += 1)
    await throughStages(again, new Set(), async (_name, { reader }) => {
      read.push(reader?.(textOf("[]")) !== undefined);
      return await Promise.resolve(textOf("[]"));
    });
  // The harness lets each reader read as well.
  expect(read).toEqual([false, true, true]);
});

test("a piece gives its value, without prototypes, to whoever needs it", () => {
  const piece = new Piece({
    text: "{}",
    cost: 1,
    objectsAround: 0,
    objects: 0,
    owners: ["Person", "7", "Ship", "S1", "Person", "7", "Person", "8"],
    original: '{"__proto__":{"a":1},"b":[{"constructor":2}]}',
  });
  const value = piece.value() as ResultMap;
  expect(Object.getPrototypeOf(value)).toBeNull();
  expect(JSON.stringify(value)).toBe(piece.original);
  expect([...piece.keys].map(([type, keys]) => [type, [...keys]])).toEqual([
    ["Person", ["7", "8"]],
    ["Ship", ["S1"]],
  ]);
});

const other = (from: string, to: string): string => textOf(`[${PART.replace(from, to)},${PART}]`);

describe("still read", () => {
  test.each([
    ["nulls", other('"RED"', "null")],
    ["an empty list", textOf("[]")],
    ["a list that is null", textOf("null")],
    ["an object that is null", other('{"text":"seen","subject_1":{"subject_0":"7"}}', "null")],
    ["nobody's data", other('{"subject_0":"7"}', "null")],
    ["nothing at all", '{"data":{"ship":null}}'],
    ["escapes", other('"x"', '"\\u0041\\n\\"\\\\"')],
    ["surrogates by halves", other('"x"', '"\\ud800"')],
    ["a string that looks like what comes next", other('"x"', '"\\",\\"colour\\":\\"RED"')],
    ["a number with an exponent", other(":3", ":3e0")],
    ["minus zero", other(":3", ":-0")],
    ["a scalar that is a list", other('"2024-02-29"', '[1.0,{"a":"]"}]')],
    ["a scalar that is an object", other('"2024-02-29"', '{"b":1,"2":"}","__proto__":3}')],
    ["a scalar that is a huge number", other('"2024-02-29"', "123456789012345678901234567890")],
    ["a long text", other('"seen"', `"${"x".repeat(100_000)}"`)],
    ["a key with an escape", other('"7"', '"\\u0037"')],
    ["its place in a batch", textOf("[]").replace(/\}$/, ',"extensions":{"item":0}}')],
  ])("%s", async (_what, text) => {
    expect((await taken(text)).wasRead).toBe(true);
  });
});

describe("parsed, and answered as before", () => {
  test.each([
    ["spaces", textOf(`[${PART}, ${PART}]`)],
    ["a line feed at the end", `${textOf("[]")}\n`],
    ["another order", other('"size":3,"__proto__":"x"', '"__proto__":"x","size":3')],
    ["a missing key", other('"size":3,', "")],
    ["a further key", other('"size":3', '"more":1,"size":3')],
    ["a key twice", other('"size":3', '"size":3,"size":4')],
    ["a null that must not be", other(":3", ":null")],
    ["a text for a number", other(":3", ':"three"')],
    ["a number beyond Int", other(":3", ":2147483648")],
    ["a name that callers do not know", other("RED", "HIDDEN")],
    ["a name of no value", other("RED", "BLUE")],
    ["a number for a text", other('"seen"', '{"a":1}')],
    ["an object for a list", textOf(PART)],
    ["a list for an object", other('{"text":"seen","subject_1":{"subject_0":"7"}}', "[]")],
    ["a key that is missing", other('{"subject_0":"7"}', "{}")],
    ["a key that is null", other('"7"', "null")],
    ["a scalar nested deeper than anybody reads", other('"2024-02-29"', "[".repeat(5))],
    ["errors before the data", `{"errors":[{"message":"no"}],${textOf("[]").slice(1)}`],
    ["errors after the data", textOf("[]").replace(/\}$/, ',"errors":[{"message":"no"}]}')],
    ["no data", '{"data":null}'],
    ["other extensions", textOf("[]").replace(/\}$/, ',"extensions":{"item":0,"more":1}}')],
    ["two answers", `${textOf("[]")}${textOf("[]")}`],
    ["no JSON", "<html>"],
    ["nothing", ""],
    ["a number with a zero in front", other(":3", ":03")],
    ["a letter that JSON does not have", other('"x"', '"\u0001"')],
    ["a number that JSON does not have", other('"2024-02-29"', "NaN")],
  ])("%s", async (_what, text) => {
    expect((await taken(text)).wasRead).toBe(false);
  });

  test("an answer that ends anywhere", async () => {
    const text = textOf(`[${PART}]`);
    for (let end = 0; end < text.length; end += 1)
      expect((await taken(text.slice(0, end))).wasRead).toBe(false);
  });
});

test("any letter changed anywhere is answered as it is parsed", async () => {
  const text = textOf(`[${PART}]`);
  for (const letter of ['"', "\\", "{", "]", ",", "0", "n", "\u0000", "\ud800", "é"])
    for (let at = 0; at < text.length; at += 3)
      await taken(text.slice(0, at) + letter + text.slice(at + 1));
});

describe("a piece gives way", async () => {
  const head = `extend schema
    @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@external", "@requires"])`;
  const three = loadedSupergraph({
    people: `${head} type Query { person: Person } type Person @key(fields: "id") { id: ID! home: Home }
      type Home { street: String town: Town } type Town { name: String code: Int }`,
    cards: `${head} type Person @key(fields: "id") { id: ID! card: Card }
      type Card { number: String holder: Holder } type Holder { name: String }`,
    letters: `${head} type Person @key(fields: "id") { id: ID! home: Home @external letter: String @requires(fields: "home { street }") }
      type Home { street: String @external }`,
  });
  const answers: Record<string, string> = {
    people:
      '{"data":{"person":{"__typename":"Person","id":"1","home":{"street":"A","town":{"name":null,"code":3}}}}}',
    cards: '{"data":{"_entities":[{"card":{"number":"7","holder":null}}]}}',
    letters: '{"data":{"_entities":[{"letter":"to A"}]}}',
  };

  /** The answers of both ways, and what was asked of `letters`. */
  async function both(query: string, more: Record<string, string> = {}) {
    const told = [];
    for (const splices of [true, false]) {
      const sent: unknown[] = [];
      const reading = { splices, read: 0, parsed: 0 };
      const { answer, written, cost } = await throughStages(
        readOperation(three, query),
        new Set(),
        async (name, { variables }) => {
          if (name === "letters") sent.push(variables);
          return await Promise.resolve(more[name] ?? answers[name]!);
        },
        {},
        reading,
      );
      const errors = (answer.errors ?? []).map(({ message, path }) => ({ message, path }));
      told.push({ data: answer.data, written, errors, cost, sent });
      if (splices) expect(reading.read).toBeGreaterThan(0);
    }
    expect(told[0]).toEqual(told[1]);
    return told[0]!;
  }

  test("to an error of another register at a place within it", async () => {
    const errors = ["letter", "card"].map((key) => ({
      message: `lost ${key}`,
      extensions: { code: "ARGUMENT_INVALID" },
      path: ["_entities", 0, key, ...(key === "card" ? ["holder"] : [])],
    }));
    const told = await both("{ person { card { number holder { name } } letter } }", {
      cards: answers["cards"]!.replace("7", "Bảy"),
      people: '{"data":{"person":{"__typename":"Person","id":"1","home":{"street":"A"}}}}',
      letters: JSON.stringify({ data: { _entities: [{ letter: null }] }, errors }),
    });
    expect(told.written).toBe('{"person":{"card":{"number":"Bảy","holder":null},"letter":null}}');
    // In the order of the answer, as if one server had given it.
    expect(told.errors).toEqual([
      { message: "lost card", path: ["person", "card", "holder"] },
      { message: "lost letter", path: ["person", "letter"] },
    ]);
  });

  test("to a fetch that requires it", async () => {
    const { sent, written } = await both("{ person { home { street town { code } } letter } }", {
      people:
        '{"data":{"person":{"__typename":"Person","id":"1","home":{"street":"A","town":{"code":3}}}}}',
    });
    expect(sent).toEqual([
      { representations: [{ __typename: "Person", id: "1", home: { street: "A" } }] },
    ]);
    expect(written).toBe('{"person":{"home":{"street":"A","town":{"code":3}},"letter":"to A"}}');
  });

  test("to what graphql-js completes", async () => {
    const { data } = await both(
      '{ __type(name: "Card") { name } person { home { town { code } street } } }',
      {
        people: '{"data":{"person":{"home":{"town":{"code":3},"street":"Cầu Gỗ"}}}}',
      },
    );
    expect(JSON.stringify(data)).toBe(
      '{"__type":{"name":"Card"},"person":{"home":{"town":{"code":3},"street":"Cầu Gỗ"}}}',
    );
  });
});
