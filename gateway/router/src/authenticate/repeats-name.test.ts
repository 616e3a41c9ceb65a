import fc from "fast-check";
import { expect, test } from "vitest";
import { repeatsName } from "./repeats-name.ts";

test.each([
  ["as JSON.stringify writes it", '{"a":1,"b":{"a":[{"c":null},{"c":true}]}}', false],
  ["with spaces", '{ "a": 1,\n"b": { "a": [] } }', false],
  ["numbers written otherwise", '{"a":1.0,"b":1e3}', false],
  ["names that are numbers", '{"2":0,"1":0}', false],
  ["names of prototypes", '{"__proto__":{"a":1},"constructor":1,"toString":2}', false],
  ["a name twice", '{"a":1,"b":2,"a":3}', true],
  ["with the same value", '{"a":1,"a":1}', true],
  ["in an object of a list", '{"a":[1,{"b":1,"b":2}]}', true],
  ["a name twice, once escaped", String.raw`{"a":1,"\u0061":2}`, true],
  ["a prototype twice", '{"__proto__":{},"__proto__":{"a":1}}', true],
  ["the empty name twice", '{"":1,"":1}', true],
  ["no JSON", '{"a":1', true],
  ["a byte order mark before it", '\ufeff{"a":1,"a":2}', true],
])("%s: %s", (_what, text, repeats) => {
  expect(repeatsName(text)).toBe(repeats);
});

interface Written {
  readonly text: string;
  readonly repeats: boolean;
}

const name = fc.oneof(fc.constantFrom("a", "b", "exp", "__proto__", "1"), fc.string());
/** A text as a JSON string, each character perhaps as its escape. */
const quoted = (text: string): fc.Arbitrary<string> =>
  fc
    .array(fc.boolean(), { minLength: text.length, maxLength: text.length })
    .map(
      (escaped) =>
        `"${[...Array(text.length).keys()]
          .map((index) =>
            escaped[index]
              ? `\\u${text.charCodeAt(index).toString(16).padStart(4, "0")}`
              : JSON.stringify(text[index]).slice(1, -1),
          )
          .join("")}"`,
    );
const space = fc.constantFrom("", "", "", " ", "\n");

/** JSON texts of objects within each other, and whether one of them has a name twice: known because they are made so. */
const { value } = fc.letrec<{ value: Written; object: Written }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom("1", "null", "-0.5e2", '"text"').map((text) => ({ text, repeats: false })),
    tie("object"),
    fc.array(tie("value"), { maxLength: 2 }).map((items) => ({
      text: `[${items.map(({ text }) => text).join(",")}]`,
      repeats: items.some(({ repeats }) => repeats),
    })),
  ),
  object: fc
    .array(
      name.chain((decoded) =>
        fc.record({
          decoded: fc.constant(decoded),
          key: fc.oneof(fc.constant(JSON.stringify(decoded)), quoted(decoded)),
          before: space,
          inside: tie("value"),
        }),
      ),
      { maxLength: 4 },
    )
    .map((members) => ({
      text: `{${members.map(({ before, key, inside }) => `${before}${key}:${before}${inside.text}`).join(",")}}`,
      repeats:
        new Set(members.map(({ decoded }) => decoded)).size < members.length ||
        members.some(({ inside }) => inside.repeats),
    })),
}));

test("whether a name stands twice, however it is written", () => {
  let twice = 0;
  fc.assert(
    fc.property(value, ({ text, repeats }) => {
      JSON.parse(text);
      if (repeats) twice += 1;
      expect(repeatsName(text)).toBe(repeats);
    }),
    { numRuns: 3_000 },
  );
  expect(twice).toBeGreaterThan(100);
});
