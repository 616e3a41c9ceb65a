import type { LineReader } from "./line-reader.ts";
import { isSame } from "./proofs.ts";
import type { Line } from "./record-check.ts";
import type { SpareLeaves } from "./spare-leaves.ts";
import { hashLeaf } from "./tree.ts";

/** A record's line with its leaf hash. */
export interface Leaf {
  readonly line: Line;
  readonly hash: Uint8Array;
}

/** The records that are next in the file, as many as are looked at. */
export class RecordWindow {
  readonly #lines: LineReader;
  readonly #spare: SpareLeaves;
  #leaves: Leaf[] = [];
  #position: number;

  /** @param options.from position of the first line @param options.spare what stands in for lines */
  constructor(lines: LineReader, { from, spare }: { from: number; spare: SpareLeaves }) {
    this.#lines = lines;
    this.#position = from;
    this.#spare = spare;
  }

  /** Up to `count` leaves from `start` on; fewer at the file's end. */
  at(start: number, count: number): Leaf[] {
    while (this.#leaves.length < start + count) {
      const line = this.#lines.next();
      if (line === undefined) break;
      this.#leaves.push(this.#leafOf(Buffer.from(line)));
    }
    return this.#leaves.slice(start, start + count);
  }

  /** Takes leaves out. */
  take(start: number, count: number): Leaf[] {
    this.at(start, count);
    return this.#leaves.splice(start, count);
  }

  #leafOf(line: Buffer): Leaf {
    const own = hashLeaf(line);
    const spare = this.#spare.get(this.#position);
    this.#position += 1;
    if (spare === undefined || isSame(spare, own)) return { line, hash: own };
    return { line: line.length === 0 ? "unreadable" : "changed", hash: spare };
  }

  get isTorn(): boolean {
    return this.#lines.isTorn;
  }
}
