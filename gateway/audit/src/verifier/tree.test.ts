import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { isConsistent, isSame, rootOfInclusion } from "./proofs.ts";
import { consistencyProof, inclusionProof, merkleTreeHash } from "./testing/sample-log.ts";
import { CompactRange, hashLeaf, rootOf } from "./tree.ts";

interface References {
  leaves: string[];
  roots: string[];
  inclusion: { position: number; size: number; proof: string[] }[];
  consistency: { from: number; to: number; proof: string[] }[];
}

/** Certificate transparency's reference trees, as others publish them. */
const REFERENCES = JSON.parse(
  readFileSync(new URL("../log/testing/reference-trees.json", import.meta.url), "utf8"),
) as References;

const bytes = (hex: string): Buffer => Buffer.from(hex, "hex");
const leaves = REFERENCES.leaves.map((leaf) => hashLeaf(bytes(leaf)));
const rangeOf = (from: number, to: number, of: readonly Uint8Array[]): CompactRange => {
  const range = new CompactRange(from);
  for (const leaf of of.slice(from, to)) range.appendLeaf(leaf);
  return range;
};

describe("certificate transparency's reference trees", () => {
  test("roots of every size", () => {
    const roots = REFERENCES.roots.map((_, size) =>
      Buffer.from(rangeOf(0, size, leaves).root()).toString("hex"),
    );
    expect(roots).toEqual(REFERENCES.roots);
  });

  test.each(REFERENCES.inclusion)(
    "inclusion of $position in $size",
    ({ position, size, proof }) => {
      const root = rootOfInclusion(leaves[position]!, position, size, proof.map(bytes));
      expect(Buffer.from(root!).toString("hex")).toBe(REFERENCES.roots[size]);
    },
  );

  test.each(REFERENCES.consistency)("consistency of $from and $to", ({ from, to, proof }) => {
    const [earlier, later] = [from, to].map((size) => ({
      size,
      root: bytes(REFERENCES.roots[size]!),
    }));
    expect(isConsistent(earlier!, later!, proof.map(bytes))).toBe(true);
    const changed = [...proof.slice(0, -1).map(bytes), bytes(REFERENCES.roots[1]!)];
    expect(isConsistent(earlier!, later!, changed)).toBe(false);
  });
});

describe("trees of every size up to 40, against the specification's definitions", () => {
  const lines = Array.from({ length: 40 }, (_, index) => `line ${index}`);
  const hashes = lines.map((line) => hashLeaf(Buffer.from(line)));
  const sizes = lines.map((_, index) => index + 1);

  test("a range put behind another makes the root of both", () => {
    for (const size of sizes) {
      const root = merkleTreeHash(lines.slice(0, size));
      for (let cut = 0; cut <= size; cut++) {
        const behind = rangeOf(cut, size, hashes).packed();
        expect(isSame(rootOf(rangeOf(0, cut, hashes), behind), root)).toBe(true);
      }
    }
  });

  test("a range goes on from its hashes alone, and from no others", () => {
    for (const size of sizes) {
      const own = rangeOf(0, size, hashes).hashes;
      const range = CompactRange.ofSize(size, own);
      for (const leaf of hashes.slice(size)) range.appendLeaf(leaf);
      expect(isSame(range.root(), merkleTreeHash(lines))).toBe(true);
      expect(() => CompactRange.ofSize(size, [...own, hashes[0]!])).toThrow(RangeError);
    }
  });

  test("inclusion proofs hold in their place and size, and nowhere else", () => {
    for (const size of sizes) {
      const root = merkleTreeHash(lines.slice(0, size));
      for (let position = 0; position < size; position++) {
        const proof = inclusionProof(position, lines.slice(0, size));
        const holds = (at: number, path: readonly Buffer[], of = size): boolean => {
          const found = rootOfInclusion(hashes[position]!, at, of, path);
          return found !== undefined && isSame(found, root);
        };
        expect(holds(position, proof)).toBe(true);
        expect(holds(position + 1, proof)).toBe(false);
        expect(holds(position, [...proof, proof[0] ?? root])).toBe(false);
        if (proof.length > 0) expect(holds(position, proof.slice(1))).toBe(false);
      }
    }
  });

  test("consistency proofs hold between their trees, and no others", () => {
    for (const later of sizes) {
      const to = { size: later, root: merkleTreeHash(lines.slice(0, later)) };
      for (const earlier of sizes.slice(0, later)) {
        const from = { size: earlier, root: merkleTreeHash(lines.slice(0, earlier)) };
        const proof = consistencyProof(earlier, lines.slice(0, later));
        expect(isConsistent(from, to, proof)).toBe(true);
        expect(isConsistent({ ...from, root: to.root }, to, proof)).toBe(earlier === later);
        expect(isConsistent(from, { ...to, root: from.root }, proof)).toBe(earlier === later);
        expect(isConsistent(from, to, [...proof, to.root])).toBe(false);
        if (proof.length > 0) expect(isConsistent(from, to, proof.slice(1))).toBe(false);
      }
    }
  });
});
