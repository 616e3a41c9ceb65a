import { readFileSync } from "node:fs";
import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { naiveConsistency, naiveInclusion, naiveLeaf, naiveRoot } from "../testing/naive-tree.ts";
import { CompactRange } from "./compact-range.ts";
import { nodeHash, perfectRoot } from "./node-hash.ts";
import { consistencyPath, inclusionPath, perfectSubtrees, type Subtree } from "./subtrees.ts";
import { fillTiles, tilePartOf } from "./tile.ts";

/** Hashes of subtrees the way the log makes them: out of perfect ones. */
function hashesOf(subtrees: readonly Subtree[], leaves: readonly Buffer[]): Buffer[] {
  return subtrees.map((subtree) =>
    perfectSubtrees(subtree)
      .map(({ start, end }) => perfectRoot(leaves.slice(start, end)))
      .reduceRight((right, left) => nodeHash(left, right)),
  );
}

function rangeOf(leaves: readonly Buffer[]): CompactRange {
  const range = new CompactRange();
  for (const leaf of leaves) range.append(leaf);
  return range;
}

const reference = JSON.parse(
  readFileSync(new URL("../testing/reference-trees.json", import.meta.url), "utf8"),
) as {
  leaves: string[];
  roots: string[];
  inclusion: { position: number; size: number; proof: string[] }[];
  consistency: { from: number; to: number; proof: string[] }[];
};

describe("certificate transparency's reference trees", () => {
  const leaves = reference.leaves.map((leaf) => naiveLeaf(Buffer.from(leaf, "hex")));
  const hex = (hashes: readonly Buffer[]): string[] => hashes.map((hash) => hash.toString("hex"));

  it.each(reference.roots.map((root, size) => ({ size, root })))(
    "has the root of $size leaves",
    ({ size, root }) => {
      expect(rangeOf(leaves.slice(0, size)).root().toString("hex")).toBe(root);
    },
  );

  it.each(reference.inclusion)(
    "proves leaf $position to be in $size",
    ({ position, size, proof }) => {
      expect(hex(hashesOf(inclusionPath(position, size), leaves))).toEqual(proof);
    },
  );

  it.each(reference.consistency)("proves $from to begin $to", ({ from, to, proof }) => {
    expect(hex(hashesOf(consistencyPath(from, to), leaves))).toEqual(proof);
  });
});

describe("trees of any size", () => {
  const leaves = Array.from({ length: 1_100 }, (_, i) =>
    createHash("sha256").update(`leaf ${i}`).digest(),
  );
  const size = fc.integer({ min: 1, max: leaves.length });

  it("have the root that all leaves at once have, whichever step it was appended in", () => {
    fc.assert(
      fc.property(size, size, (a, b) => {
        const range = rangeOf(leaves.slice(0, Math.min(a, b)));
        const further = new CompactRange(range.size, range.hashes);
        for (const leaf of leaves.slice(range.size, Math.max(a, b))) further.append(leaf);
        expect(range.root()).toEqual(naiveRoot(leaves.slice(0, Math.min(a, b))));
        expect(further.root()).toEqual(naiveRoot(leaves.slice(0, Math.max(a, b))));
      }),
    );
  });

  it("have the inclusion and consistency proofs of the recursion in the RFC", () => {
    fc.assert(
      fc.property(size, size, (a, b) => {
        const [from, to] = [Math.min(a, b), Math.max(a, b)];
        const tree = leaves.slice(0, to);
        expect(hashesOf(inclusionPath(from - 1, to), leaves)).toEqual(
          naiveInclusion(from - 1, tree),
        );
        expect(hashesOf(consistencyPath(from, to), leaves)).toEqual(naiveConsistency(from, tree));
      }),
    );
  });

  it("have all of that at every size around the powers of two", () => {
    for (const to of [1, 2, 3, 4, 5, 7, 8, 9, 31, 32, 33])
      for (let from = 1; from <= to; from++) {
        const tree = leaves.slice(0, to);
        expect(hashesOf(inclusionPath(from - 1, to), leaves)).toEqual(
          naiveInclusion(from - 1, tree),
        );
        expect(hashesOf(consistencyPath(from, to), leaves)).toEqual(naiveConsistency(from, tree));
      }
  });

  it("takes nothing to show the empty tree, or a tree itself, to begin a tree", () => {
    expect(consistencyPath(0, 7)).toEqual([]);
    expect(consistencyPath(7, 7)).toEqual([]);
  });

  it("are split rightly where a size does not fit in 32 bits", () => {
    expect(perfectSubtrees({ start: 0, end: 2 ** 48 - 1 })[0]).toEqual({ start: 0, end: 2 ** 47 });
    expect(inclusionPath(2 ** 48 - 2, 2 ** 48 - 1).at(-1)).toEqual({ start: 0, end: 2 ** 47 });
  });
});

describe("tiles", () => {
  it("are filled one after the other, and the rest waits", () => {
    const hashes = Array.from({ length: 600 }, (_, i) => Buffer.alloc(32, i % 251));
    const { full, tail, roots } = fillTiles(hashes.slice(0, 200), hashes.slice(200));
    expect(full).toEqual([hashes.slice(0, 256), hashes.slice(256, 512)]);
    expect(tail).toEqual(hashes.slice(512));
    expect(roots).toEqual(full.map((tile) => naiveRoot(tile)));
  });

  it.each([
    { start: 0, end: 1, part: { level: 0, index: 0, from: 0, to: 1 } },
    { start: 384, end: 512, part: { level: 0, index: 1, from: 128, to: 256 } },
    { start: 256, end: 512, part: { level: 1, index: 0, from: 1, to: 2 } },
    { start: 65_536, end: 131_072, part: { level: 2, index: 0, from: 1, to: 2 } },
    { start: 131_072, end: 163_840, part: { level: 1, index: 2, from: 0, to: 128 } },
    { start: 2 ** 40, end: 2 ** 40 + 256, part: { level: 1, index: 2 ** 24, from: 0, to: 1 } },
  ])("hold the subtree from $start to $end", ({ start, end, part }) => {
    expect(tilePartOf({ start, end })).toEqual(part);
  });
});
