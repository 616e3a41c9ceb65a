import { nextOfChain } from "./chain.ts";
import {
  type Checkpoint,
  NoteFault,
  openCheckpoint,
  parseNoteKey,
  type NoteKey,
} from "./checkpoint.ts";
import type { CheckpointLine } from "./checkpoint-reader.ts";
import type { Finding } from "./finding.ts";
import { RecordCheck } from "./record-check.ts";
import { CompactRange, HASH_BYTES, hashLeafInPlace, type PackedNodes } from "./tree.ts";

/**
 * Whole batches that follow each other in the log, as they are handed to a thread: columns instead of objects, because
 * most of a quiet month's batches hold one record.
 */
export interface Stretch {
  /** Position of the first record. */
  readonly first: number;
  /** The records' lines with their line feeds, behind one byte of room. */
  readonly bytes: Uint8Array;
  /** Of each batch: how many records, and when it was written. */
  readonly counts: Uint32Array;
  readonly written: Float64Array;
  /** Of each batch: the chain before it and the chain it says to end with. */
  readonly chains: Uint8Array;
  /** Of each batch: {@link BEFORE_IS_KNOWN}, {@link WRITTEN_EARLIER}. */
  readonly marks: Uint8Array;
  /** The checkpoints whose sizes end within the stretch. */
  readonly checkpoints: readonly CheckpointLine[];
}

export const BEFORE_IS_KNOWN = 1;
export const WRITTEN_EARLIER = 2;

/** A checkpoint that was signed as it should be, and the part of the tree up to it that lies in the stretch. */
export interface SignedRoot {
  readonly size: number;
  readonly root: Uint8Array;
  readonly nodes: PackedNodes;
}

/** What came of a stretch. */
export interface Examined {
  readonly nodes: PackedNodes;
  readonly roots: readonly SignedRoot[];
  readonly findings: readonly Finding[];
  /** Whether a batch's chain is not what it should be. */
  readonly isBroken: boolean;
}

const LINE_FEED = 10;

/** Verifies what can be verified of a stretch by itself. */
export class Examiner {
  readonly check: RecordCheck;
  readonly #keys: readonly NoteKey[];
  readonly #origin: string;

  constructor(options: { contexts: readonly string[]; keys: readonly string[]; origin: string }) {
    this.check = new RecordCheck(options.contexts);
    this.#keys = options.keys.map(parseNoteKey);
    this.#origin = options.origin;
  }

  examine(stretch: Stretch): Examined {
    const bytes = Buffer.from(
      stretch.bytes.buffer,
      stretch.bytes.byteOffset,
      stretch.bytes.byteLength,
    );
    const findings: Finding[] = [];
    const range = new CompactRange(stretch.first);
    const roots: SignedRoot[] = [];
    const signed = this.#signed(stretch.checkpoints, findings);
    let isBroken = false;
    let start = 1;
    for (const [index, count] of stretch.counts.entries()) {
      const position = range.end;
      const lines: Buffer[] = [];
      let chain: Uint8Array = hashAt(stretch.chains, 2 * index);
      for (let record = 0; record < count; record++) {
        const end = bytes.indexOf(LINE_FEED, start);
        lines.push(bytes.subarray(start, end));
        const leaf = hashLeafInPlace(bytes, start, end);
        start = end + 1;
        chain = nextOfChain(chain, leaf);
        range.appendLeaf(leaf);
        while (signed[roots.length]?.size === range.end)
          roots.push({ ...signed[roots.length]!, nodes: range.packed() });
      }
      const marks = stretch.marks[index]!;
      if ((marks & BEFORE_IS_KNOWN) !== 0)
        isBroken ||= Buffer.compare(chain, hashAt(stretch.chains, 2 * index + 1)) !== 0;
      const isWrittenEarlier = (marks & WRITTEN_EARLIER) !== 0;
      const written = stretch.written[index]!;
      this.check.checkBatch(lines, position, { written, isWrittenEarlier }, findings);
    }
    return { nodes: range.packed(), roots, findings, isBroken };
  }

  /** The checkpoint of a line; reports why there is none. */
  open({ size, note }: CheckpointLine, into: Finding[]): Checkpoint | undefined {
    try {
      const checkpoint = openCheckpoint(note, this.#keys);
      const { origin, size: own } = checkpoint;
      if (own !== size) throw new NoteFault("unreadable", `is of size ${own} by its own words`);
      if (origin !== this.#origin)
        throw new NoteFault("foreign signature", `is of another log, "${origin}"`);
      return checkpoint;
    } catch (error) {
      if (!(error instanceof NoteFault)) throw error;
      into.push({ kind: error.kind, text: `the checkpoint of size ${size} ${error.message}` });
      return undefined;
    }
  }

  #signed(lines: readonly CheckpointLine[], into: Finding[]): { size: number; root: Uint8Array }[] {
    return lines.flatMap((line) => {
      const checkpoint = this.open(line, into);
      return checkpoint === undefined ? [] : [{ size: checkpoint.size, root: checkpoint.root }];
    });
  }
}

function hashAt(hashes: Uint8Array, index: number): Uint8Array {
  return hashes.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES);
}
