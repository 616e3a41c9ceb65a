import fc from "fast-check";
import { expect, test } from "vitest";
import { ArrayItems } from "./array-items.ts";

function read(text: string, limits: number[], piece: number): ArrayItems {
  const left = [...limits];
  const array = new ArrayItems(limits.length, (place, bytes) => (left[place]! -= bytes) >= 0);
  const all = Buffer.from(text);
  const buffer = Buffer.alloc(piece);
  for (let at = 0; at < all.length && !array.isBroken; at += piece) {
    const length = all.copy(buffer, 0, at, at + piece);
    array.push(buffer.subarray(0, length));
    buffer.fill(0x22);
  }
  return array;
}

const textsOf = ({ items }: ArrayItems) => items.map(({ kept }) => kept?.whole().toString());

test("any array of JSON falls into the texts of its elements, each with its size, however it comes", () => {
  fc.assert(
    fc.property(
      fc.array(fc.json(), { minLength: 1, maxLength: 5 }),
      fc.constantFrom("", " ", "\r\n\t"),
      fc.integer({ min: 1, max: 50 }),
      (texts, blank, piece) => {
        const text = `${blank}[${texts.map((each) => `${blank}${each}${blank}`).join(",")}]${blank}`;
        const array = read(
          text,
          texts.map(() => 1_000_000),
          piece,
        );
        expect(array.isComplete).toBe(true);
        expect(textsOf(array)).toEqual(texts.map((each) => `${blank}${each}${blank}`));
        expect(array.items.map(({ bytes }) => bytes)).toEqual(
          texts.map((each) => Buffer.byteLength(each) + 2 * blank.length),
        );
      },
    ),
  );
});

test("an element that is too large is not kept, and its neighbours are", () => {
  const text = JSON.stringify([{ a: 1 }, { long: '"]},[{'.repeat(1_000) }, { b: 2 }]);
  for (const piece of [1, 5, 100_000]) {
    const array = read(text, [100, 100, 100], piece);
    expect(textsOf(array)).toEqual(['{"a":1}', undefined, '{"b":2}']);
    expect([array.isComplete, array.items[1]!.bytes]).toEqual([true, 7_011]);
  }
});

test.each([
  ["an object", '{"data":1}'],
  ["a text", '"[]"'],
  ["one element too many", "[1,2,3]"],
  ["something behind it", "[1,2] 3"],
  ["two arrays", "[1,2][3]"],
  ["an object closed once too often", "[{}},2]"],
])("%s is no array of two", (_what, text) => {
  for (const piece of [1, 5, 100]) expect(read(text, [99, 99], piece).isBroken).toBe(true);
});

test.each([
  ["one element too few", "[1]", true, 1],
  ["nothing in it", "[]", true, 1],
  ["no end", "[1,2", false, 2],
  ["an element without end", '[1,{"a":"]"', false, 2],
  ["nothing at all", "", false, 0],
])("an array with %s shows it", (_what, text, complete, count) => {
  const array = read(text, [99, 99], 3);
  expect([array.isComplete, array.items.length]).toEqual([complete, count]);
});
