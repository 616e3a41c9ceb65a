import { closeSync, fstatSync, openSync, readSync } from "node:fs";

const BLOCK_BYTES = 4 * 1024 * 1024;
/** No line of an export is nearly as long: what is longer is not read as a line. */
const MAX_LINE_BYTES = 16 * 1024 * 1024;
const LINE_FEED = 10;

/** Lines, each closed by a line feed, behind one byte of room. */
export interface Lines {
  readonly bytes: Buffer;
  readonly count: number;
}

/** Reads a file of lines from its beginning, block by block, so that memory does not grow with it. */
export class LineReader {
  readonly #file: number;
  #block = Buffer.allocUnsafe(BLOCK_BYTES);
  #start = 0;
  #end = 0;
  #isOver = false;
  /** Set when the file ends without a line feed, or in a line that is too long. */
  isTorn = false;

  constructor(path: string) {
    this.#file = openSync(path, "r");
  }

  get size(): number {
    return fstatSync(this.#file).size;
  }

  /** The next line without its line feed; undefined at the end. Good until the next call. */
  next(): Buffer | undefined {
    const end = this.#lineEnd(this.#start);
    if (end === undefined) return undefined;
    const line = this.#block.subarray(this.#start, end);
    this.#start = end + 1;
    return line;
  }

  /** A copy of the next lines; fewer at the end. */
  take(most: number): Lines {
    let count = 0;
    let length = 0;
    while (count < most) {
      const end = this.#lineEnd(this.#start + length);
      if (end === undefined) break;
      count += 1;
      length = end + 1 - this.#start;
    }
    const bytes = Buffer.from(new ArrayBuffer(length + 1));
    this.#block.copy(bytes, 1, this.#start, this.#start + length);
    this.#start += length;
    return { bytes, count };
  }

  close(): void {
    closeSync(this.#file);
  }

  /** Where in the block the line that begins there ends; reads on as needed, which moves what is in the block. */
  #lineEnd(begin: number): number | undefined {
    let offset = begin - this.#start;
    for (;;) {
      const from = this.#start + offset;
      const at = this.#block.subarray(0, this.#end).indexOf(LINE_FEED, from);
      if (at !== -1) return at;
      if (this.#isOver) {
        if (this.#end > begin) this.isTorn = true;
        return undefined;
      }
      offset = this.#end - this.#start;
      if (this.#end - begin > MAX_LINE_BYTES) {
        this.isTorn = true;
        this.#isOver = true;
        return undefined;
      }
      const moved = begin - this.#start;
      this.#fill();
      begin = this.#start + moved;
    }
  }

  #fill(): void {
    if (this.#start > 0) {
      this.#block.copy(this.#block, 0, this.#start, this.#end);
      this.#end -= this.#start;
      this.#start = 0;
    }
    if (this.#end === this.#block.length) {
      const wider = Buffer.allocUnsafe(this.#block.length * 2);
      this.#block.copy(wider, 0, 0, this.#end);
      this.#block = wider;
    }
    const read = readSync(this.#file, this.#block, this.#end, this.#block.length - this.#end, null);
    if (read === 0) this.#isOver = true;
    this.#end += read;
  }
}
