import fc from "fast-check";
import { expect, test } from "vitest";
import { readItemSizes, SizedItems } from "./sized-items.ts";

const objects = fc.array(
  fc
    .dictionary(fc.string({ unit: "grapheme" }), fc.jsonValue())
    .map((each) => JSON.stringify(each)),
  { minLength: 1, maxLength: 5 },
);

/** As a connection gives them: in pieces of one buffer that is written over. */
function pushed(items: SizedItems, text: string, piece: number): boolean {
  const all = Buffer.from(text);
  const buffer = Buffer.alloc(piece);
  for (let at = 0; at < all.length; at += piece) {
    const length = all.copy(buffer, 0, at, at + piece);
    if (!items.push(buffer.subarray(0, length))) return false;
    buffer.fill(0x22);
  }
  return true;
}

test("an array falls into its items by their sizes, however it comes", () => {
  fc.assert(
    fc.property(objects, fc.integer({ min: 1, max: 60 }), (texts, piece) => {
      const sizes = texts.map((text) => Buffer.byteLength(text));
      const items = new SizedItems(sizes);
      expect(pushed(items, `[${texts.join(",")}]`, piece)).toBe(true);
      expect(items.octets).toEqual(texts.map((text) => Buffer.from(text).toString("latin1")));
    }),
  );
});

test("sizes that do not fit are noticed, and what has come is still there", () => {
  fc.assert(
    fc.property(objects, fc.integer({ min: 1, max: 60 }), fc.nat(), (texts, piece, which) => {
      const sizes = texts.map((text) => Buffer.byteLength(text));
      sizes[which % sizes.length]! += which % 2 === 0 ? 1 : -1;
      const text = `[${texts.join(",")}]`;
      const items = new SizedItems(sizes);
      const fits = pushed(items, text, piece);
      expect(items.octets).toBeUndefined();
      const taken = items.taken;
      expect(Buffer.from(text).subarray(0, taken.length).equals(taken)).toBe(true);
      // An array that is not over shows it in the end; nothing of it is lost.
      if (fits) expect(taken).toHaveLength(Buffer.byteLength(text));
    }),
  );
});

test.each([
  ["a space between them", '[{"a":1}, {"b":2}]', [7, 8]],
  ["items that are no objects", "[12,34]", [2, 2]],
  ["two arrays", '[{"a":1}][{"b":2}]', [7, 7]],
  ["a cut within a text that looks like one", '[{"a":"},{"}]', [6, 4]],
])("%s is not cut", (_what, text, sizes) => {
  const items = new SizedItems(sizes);
  items.push(Buffer.from(text));
  expect(items.octets).toBeUndefined();
});

test.each([
  ["7,7", [7, 7]],
  ["7", undefined],
  ["7,7,7", undefined],
  ["7, 7", undefined],
  ["7,-7", undefined],
  ["0,7", undefined],
  ["07,7", undefined],
  ["7,7e1", undefined],
  ["7,0x7", undefined],
  ["", undefined],
  [undefined, undefined],
])("the header %j says %j of two items", (header, sizes) => {
  expect(readItemSizes(header, 2)).toEqual(sizes);
});
