import fc from "fast-check";
import { expect, test } from "vitest";
import { endOfValue, plainEnd } from "./json-text.ts";

const anything = fc.string({ unit: "binary" });

/** UTF-8, a character for each byte. */
function octets(text: string): string {
  return Buffer.from(text).toString("latin1");
}

test("a string is plain exactly where its letters are its JSON", () => {
  fc.assert(
    fc.property(anything, anything, (before, value) => {
      const json = octets(JSON.stringify(value));
      const lead = octets(before);
      const isPlain = JSON.stringify(value) === `"${value}"`;
      const end = plainEnd(`${lead}${json},"more":"`, lead.length);
      expect(end).toBe(isPlain ? lead.length + json.length : -1);
    }),
  );
});

test.each(['"', '"abc', '"a\u0000"', '"a\nb"', '"a\\"b"'])("%j is no plain string", (text) => {
  expect(plainEnd(text, 0)).toBe(-1);
});

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
