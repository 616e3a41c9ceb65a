import { existsSync } from "node:fs";
import { join } from "node:path";
import { bytesOf } from "./checkpoint.ts";
import type { Findings } from "./finding.ts";
import { LineReader } from "./line-reader.ts";
import { SEGMENT_FILES } from "./segment-head.ts";
import { HASH_BYTES } from "./tree.ts";

/** Leaf hashes, by position. */
export type SpareLeaves = ReadonlyMap<number, Uint8Array>;

/**
 * Reads leaves.jsonl: what the tree has of records that could not be read when the segment was written. With them the
 * others can be verified all the same; of their own records nothing but the place is known.
 */
export function readSpareLeaves(folder: string, findings: Findings): SpareLeaves {
  const leaves = new Map<number, Uint8Array>();
  const path = join(folder, SEGMENT_FILES.leaves);
  if (!existsSync(path)) return leaves;
  const lines = new LineReader(path);
  for (let line = lines.next(); line !== undefined; line = lines.next()) {
    const spare = parse(line.toString());
    if (spare === undefined) {
      findings.add({
        kind: "unreadable",
        text: `${SEGMENT_FILES.leaves} has a line that is no leaf`,
      });
      continue;
    }
    leaves.set(spare.position, spare.leaf);
  }
  lines.close();
  return leaves;
}

function parse(text: string): { position: number; leaf: Uint8Array } | undefined {
  try {
    const { position, leaf } = JSON.parse(text) as Record<string, unknown>;
    const bytes = typeof leaf === "string" ? bytesOf(leaf) : undefined;
    if (!Number.isSafeInteger(position) || bytes?.length !== HASH_BYTES) return undefined;
    return { position: position as number, leaf: bytes };
  } catch {
    return undefined;
  }
}
