import fc from "fast-check";
import { expect, test } from "vitest";
import { sortPostings } from "./sort-postings.ts";

/** Keys that begin alike, in all that is sorted by or in nearly all of it, and others. */
const key = fc
  .tuple(fc.constantFrom("000000", "000001", "\u00ff".repeat(6), "abcdef"), fc.nat(3), fc.nat(3))
  .map(([head, middle, end]) => `${head}${String(middle)}-------${"_\u0000\u0080\u00ff"[end]}.`);
const place = fc
  .tuple(fc.nat(40), fc.nat(3))
  .map(([at, before]) => ({ at, position: Math.max(0, at - before) }));
const posted = fc.array(fc.record({ keys: fc.array(key, { maxLength: 6 }), place }), {
  maxLength: 60,
});

function naive(given: (typeof posted extends fc.Arbitrary<infer T> ? T : never)[number][]) {
  return given
    .flatMap(({ keys, place: { at, position } }) =>
      keys.map((own) => ({ key: Buffer.from(own, "latin1").toString("hex"), at, position })),
    )
    .sort((a, b) => {
      if (a.key !== b.key) return a.key < b.key ? -1 : 1;
      return a.at === b.at ? b.position - a.position : b.at - a.at;
    });
}

test("postings are sorted by key, and of a key the newest first, whatever their keys have in common", () => {
  fc.assert(
    fc.property(posted, (given) => {
      const { keys, places, order } = sortPostings(
        given.map((each) => ({
          keys: Buffer.from(each.keys.join(""), "latin1"),
          place: each.place,
        })),
      );
      const sorted = [...order].map((index) => ({
        key: keys.toString("hex", index * 16, index * 16 + 16),
        ...places[index],
      }));
      expect(sorted).toEqual(naive(given));
    }),
    { numRuns: 500 },
  );
});
