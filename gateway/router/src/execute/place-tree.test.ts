import fc from "fast-check";
import { expect, test } from "vitest";
import { PlaceTree } from "./place-tree.ts";

const path = fc.array(fc.constantFrom<string | number>("a", "b", 0, "0", "__proto__"), {
  maxLength: 4,
});
const begins = (whole: readonly unknown[], start: readonly unknown[]): boolean =>
  start.every((key, index) => whole[index] === key) && start.length <= whole.length;

test("a place lies around another one where the other's path begins with its own", () => {
  fc.assert(
    fc.property(fc.array(path, { maxLength: 4 }), path, (paths, asked) => {
      const tree = new PlaceTree(paths);
      expect(tree.hasAround(asked)).toBe(paths.some((each) => begins(asked, each)));
      expect(tree.hasBelow(asked)).toBe(paths.some((each) => begins(each, asked)));
    }),
  );
});
