import fc from "fast-check";
import { expect, test } from "vitest";
import { endOfValue, nestsBeyond, plainEnd } from "./json-text.ts";

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

/** How deep a value nests, by going through the value itself. */
function levelsOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(levelsOf));
}

test("a value that nests too deep has no end, however it goes on", () => {
  const nested = (levels: number): string => "[".repeat(levels) + "]".repeat(levels);
  expect(endOfValue(nested(128), 0)).toBe(256);
  expect(endOfValue(nested(129), 0)).toBe(-1);
  expect(endOfValue(`[${nested(127)},${nested(127)}]`, 0)).toBe(511);
});

test("a text nests as deep as its value does, whatever its strings hold", () => {
  const strings = fc.oneof(anything, fc.stringMatching(/^[[\]{}"\\]*$/));
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: "large" },
      strings,
      fc.array(tie("value"), { maxLength: 3 }),
      fc.dictionary(strings, tie("value"), { maxKeys: 3 }),
    ),
  }));
  fc.assert(
    fc.property(value, (given) => {
      const json = octets(JSON.stringify(given));
      const levels = levelsOf(given);
      expect(nestsBeyond(json, levels)).toBe(false);
      if (levels > 0) expect(nestsBeyond(json, levels - 1)).toBe(true);
    }),
  );
});

test("a text may nest deeper than any function calls itself", () => {
  expect(nestsBeyond("[".repeat(1_000_000) + "]".repeat(1_000_000), 999_999)).toBe(true);
});
