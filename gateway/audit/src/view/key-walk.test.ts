import fc from "fast-check";
import { expect, test } from "vitest";
import type { PostingsView, SoughtKey } from "../postings/postings-view.ts";
import { KeyWalk } from "./key-walk.ts";

/** An index that is a list of positions for each key. */
function indexOf(positions: ReadonlyMap<string, ReadonlySet<number>>): PostingsView {
  const newest: PostingsView["newest"] = async (keys, before, limit) => {
    const found = new Set(keys.flatMap(({ key }) => [...(positions.get(key) ?? [])]));
    return [...found]
      .filter((position) => before === null || position < before.position)
      .toSorted((a, b) => b - a)
      .slice(0, limit)
      .map((position) => ({ at: position, position }));
  };
  return { newest } as PostingsView;
}

const SIZE = 400;
const set = fc.uniqueArray(fc.nat(SIZE - 1), { maxLength: SIZE });
const lists = fc.array(fc.array(set, { minLength: 1, maxLength: 2 }), { maxLength: 4 });

test("finds the positions that every list has under one of its keys, also when it pauses", async () => {
  await fc.assert(
    fc.asyncProperty(
      lists,
      fc.nat(SIZE),
      fc.integer({ min: 5, max: 12 }),
      async (given, below, often) => {
        const positions = new Map<string, Set<number>>();
        const sought = given.map((keys, list) =>
          keys.map((own, index): SoughtKey => {
            positions.set(`${list} ${index}`, new Set(own));
            return { key: `${list} ${index}` };
          }),
        );
        const view = indexOf(positions);
        let walk = new KeyWalk(view, sought, below);
        const found: number[] = [];
        while (walk.below > 0) {
          let fetches = 0;
          const position = await walk.next(() => ++fetches <= often);
          if (position !== undefined) found.push(position);
          // As on the next page: begun anew where it paused.
          else walk = new KeyWalk(view, sought, walk.below);
        }
        const expected = Array.from({ length: below }, (_, index) => below - 1 - index).filter(
          (position) => given.every((keys) => keys.some((own) => own.includes(position))),
        );
        expect(found).toEqual(expected);
      },
    ),
  );
});

test("leaps, and never upwards", async () => {
  const walk = new KeyWalk(indexOf(new Map([["a", new Set([1, 5, 9])]])), [[{ key: "a" }]], 10);
  const always = () => true;
  walk.leapTo(9);
  expect(await walk.next(always)).toBe(5);
  walk.leapTo(8);
  expect([await walk.next(always), await walk.next(always), walk.below]).toEqual([1, undefined, 0]);
});
