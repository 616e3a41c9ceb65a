import { join } from "node:path";
import { BEFORE_IS_KNOWN, type Examined, type Stretch, WRITTEN_EARLIER } from "./examine.ts";
import type { CheckpointLine } from "./checkpoint-reader.ts";
import type { Findings } from "./finding.ts";
import { LineReader } from "./line-reader.ts";
import type { OrderReader, PlacedBatch } from "./order-reader.ts";
import type { RootBook } from "./root-book.ts";
import { SEGMENT_FILES } from "./segment-head.ts";
import type { SpareLeaves } from "./spare-leaves.ts";
import type { Threads } from "./threads.ts";
import { type CompactRange, HASH_BYTES, rootOf } from "./tree.ts";

/** Records examined at a time: what is in memory is a few of these. */
const STRETCH_RECORDS = 2_048;

/** What a pass over a segment works with. */
export interface Pass {
  readonly folder: string;
  readonly order: OrderReader;
  readonly roots: RootBook;
  readonly findings: Findings;
  /** The position after the last record. */
  readonly to: number;
  readonly spare: SpareLeaves;
  /** The tree up to the segment's beginning; goes on to its end. */
  readonly tree: CompactRange;
  /** The checkpoints up to a size, that were not yet asked for. */
  readonly checkpointsUpTo: (size: number) => CheckpointLine[];
}

/**
 * Goes over a segment as fast as it can, on several threads.
 * @returns whether every batch is where it says and every chain leads on; where not, findings are not to be told: a
 *   careful pass finds what happened
 */
export async function sweep(pass: Pass, threads: Threads): Promise<boolean> {
  if (pass.spare.size > 0) return false;
  const records = new LineReader(join(pass.folder, SEGMENT_FILES.records));
  const underWay: Promise<Examined>[] = [];
  try {
    for (;;) {
      const stretch = nextStretch(pass, records);
      if (stretch === "broken") return false;
      if (stretch !== undefined) underWay.push(threads.examine(stretch));
      while (underWay.length > (stretch === undefined ? 0 : threads.room)) {
        const examined = await underWay.shift()!;
        if (examined.isBroken) return false;
        take(pass, examined);
      }
      if (stretch === undefined) return records.next() === undefined && !records.isTorn;
    }
  } finally {
    records.close();
    await Promise.allSettled(underWay);
  }
}

function take({ tree, roots, findings }: Pass, examined: Examined): void {
  for (const { size, root, nodes } of examined.roots) roots.hold(size, root, rootOf(tree, nodes));
  tree.append(examined.nodes);
  findings.addAll(examined.findings);
}

function nextStretch(pass: Pass, records: LineReader): Stretch | "broken" | undefined {
  const batches: PlacedBatch[] = [];
  let count = 0;
  while (count < STRETCH_RECORDS) {
    const batch = pass.order.next();
    if (batch === undefined) break;
    if (batch.gap > 0) return "broken";
    batches.push(batch);
    count += batch.count;
  }
  const [first] = batches;
  if (first === undefined) return undefined;
  const lines = records.take(count);
  if (lines.count < count) return "broken";
  return {
    first: first.position,
    bytes: lines.bytes,
    counts: Uint32Array.from(batches, (batch) => batch.count),
    written: Float64Array.from(batches, (batch) => batch.written),
    chains: chainsOf(batches),
    marks: Uint8Array.from(
      batches,
      ({ before, isWrittenEarlier }) =>
        (before === undefined ? 0 : BEFORE_IS_KNOWN) | (isWrittenEarlier ? WRITTEN_EARLIER : 0),
    ),
    checkpoints: pass.checkpointsUpTo(first.position + count),
  };
}

function chainsOf(batches: readonly PlacedBatch[]): Uint8Array {
  const chains = new Uint8Array(2 * HASH_BYTES * batches.length);
  for (const [index, { before, chain }] of batches.entries()) {
    if (before !== undefined) chains.set(before, 2 * HASH_BYTES * index);
    chains.set(chain, 2 * HASH_BYTES * index + HASH_BYTES);
  }
  return chains;
}
