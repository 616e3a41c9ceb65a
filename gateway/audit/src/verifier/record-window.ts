import { hashLeaf } from "./tree.ts";
import type { LineReader } from "./line-reader.ts";

/** A record's line with its leaf hash. */
export interface Leaf {
  readonly line: Buffer;
  readonly hash: Uint8Array;
}

/** The records that are next in the file, as many as are looked at. */
export class RecordWindow {
  readonly #lines: LineReader;
  #leaves: Leaf[] = [];

  constructor(lines: LineReader) {
    this.#lines = lines;
  }

  /** Up to `count` leaves from `start` on; fewer at the file's end. */
  at(start: number, count: number): Leaf[] {
    while (this.#leaves.length < start + count) {
      const line = this.#lines.next();
      if (line === undefined) break;
      const copy = Buffer.from(line);
      this.#leaves.push({ line: copy, hash: hashLeaf(copy) });
    }
    return this.#leaves.slice(start, start + count);
  }

  /** Takes leaves out. */
  take(start: number, count: number): Leaf[] {
    this.at(start, count);
    return this.#leaves.splice(start, count);
  }

  get isTorn(): boolean {
    return this.#lines.isTorn;
  }
}
