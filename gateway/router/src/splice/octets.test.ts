import fc from "fast-check";
import { expect, test } from "vitest";
import { octetsIn, octetsOf, textOf } from "./octets.ts";

const texts = fc.string({ unit: "binary-ascii", maxLength: 200 });
const letters = fc.string({ unit: "grapheme", maxLength: 200 });

test("an octet text has a character for each byte of a text's UTF-8, and stands for that text", () => {
  fc.assert(
    fc.property(fc.oneof(texts, letters), (text) => {
      const octets = octetsOf(text);
      expect(octets.split("").map((each) => each.charCodeAt(0))).toEqual([
        ...new TextEncoder().encode(text),
      ]);
      expect(textOf(octets)).toBe(text);
    }),
  );
});

test("bytes that are no UTF-8 are replaced as a decoder replaces them", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), letters, (bytes, text) => {
      const all = Buffer.concat([Buffer.from(text), bytes]);
      const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
      expect(textOf(octetsIn(all))).toBe(decoder.decode(all));
    }),
  );
});

test.each([
  ["nothing", "", ""],
  ["ASCII", 'a"\u0000', 'a"\u0000'],
  ["Vietnamese", "Nguyễn", "Nguy\u00e1\u00bb\u0085n"],
  ["letters beyond the first plane", "𝄞", "\u00f0\u009d\u0084\u009e"],
  [
    "a long text with one such letter",
    `${"a".repeat(100)}ễ`,
    `${"a".repeat(100)}\u00e1\u00bb\u0085`,
  ],
])("%s", (_what, text, octets) => {
  expect(octetsOf(text)).toBe(octets);
  expect(textOf(octets)).toBe(text);
  expect(octetsIn(Buffer.from(text))).toBe(octets);
});
