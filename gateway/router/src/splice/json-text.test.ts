import fc from "fast-check";
import { expect, test } from "vitest";
import { endOfValue, plainEnd } from "./json-text.ts";

const anything = fc.string({ unit: "binary" });

test("a string is plain exactly where its letters are its JSON, surrogates apart", () => {
  fc.assert(
    fc.property(anything, anything, (before, value) => {
      const json = JSON.stringify(value);
      const text = `${before}${json},"more":"`;
      const isPlain = json === `"${value}"` && !/[\ud800-\udfff]/.test(value);
      expect(plainEnd(text, before.length)).toBe(isPlain ? before.length + json.length : -1);
    }),
  );
});

test.each(['"', '"abc', '"a\u0000"', '"a\nb"', '"a\\"b"', '"\ud800"', '"\udc00x"'])(
  "%j is no plain string",
  (text) => {
    expect(plainEnd(text, 0)).toBe(-1);
  },
);

test("a value ends where it does, whatever its strings hold", () => {
  fc.assert(
    fc.property(fc.jsonValue(), anything, fc.constantFrom(",", "}", "]"), (value, rest, after) => {
      const json = JSON.stringify(value);
      expect(endOfValue(`${json}${after}${rest}`, 0)).toBe(json.length);
    }),
  );
});

test.each(["{", "[1,[2]", '{"a":"}', '"abc', '"abc\\"', '"abc\\'])("%j has no end", (text) => {
  expect(endOfValue(text, 0)).toBe(-1);
});
