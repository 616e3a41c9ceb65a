const COMMA = 0x2c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/**
 * The sizes that a subgraph says the items of a batch have (ITEM_BYTES_HEADER), in bytes. Undefined where it does not say
 * so of every item, or one would be larger than it may be: then the bytes are looked through as they come.
 * @param limits how large each item may be, in bytes
 */
export function readItemSizes(
  header: string | undefined,
  limits: readonly number[],
): readonly number[] | undefined {
  const sizes = header?.split(",");
  if (sizes?.length !== limits.length) return undefined;
  const read = sizes.map((size) => (/^[1-9]\d{0,9}$/.test(size) ? Number(size) : Number.NaN));
  return read.every((size, index) => size <= limits[index]!) ? read : undefined;
}

/** Takes a JSON array of objects, written without spaces, apart by the sizes of its items. */
export class SizedItems {
  readonly sizes: readonly number[];
  readonly #total: number;
  #pieces: Buffer[] = [];
  #length = 0;
  #texts: string[] | undefined;

  constructor(sizes: readonly number[]) {
    this.sizes = sizes;
    this.#total = sizes.reduce((sum, size) => sum + size + 1, 1);
  }

  /**
   * @param bytes are the caller's again when this returns
   * @returns whether the sizes fit what has come so far; otherwise `taken` has what came before these bytes
   */
  push(bytes: Buffer): boolean {
    const length = this.#length + bytes.length;
    if (length > this.#total || this.#texts !== undefined) return false;
    if (length < this.#total) {
      this.#pieces.push(Buffer.from(bytes));
      this.#length = length;
      return true;
    }
    const all = this.#pieces.length === 0 ? bytes : Buffer.concat([...this.#pieces, bytes]);
    this.#texts = this.#cut(all);
    if (this.#texts === undefined) return false;
    this.#length = length;
    this.#pieces = [];
    return true;
  }

  /** The texts of the items, when the array has come and nothing else. */
  get texts(): readonly string[] | undefined {
    return this.#texts;
  }

  /** What has come while it was not yet complete. */
  get taken(): readonly Buffer[] {
    return this.#pieces;
  }

  #cut(bytes: Buffer): string[] | undefined {
    if (bytes[0] !== OPEN_LIST) return undefined;
    const texts: string[] = [];
    let at = 1;
    for (const [index, size] of this.sizes.entries()) {
      const end = at + size;
      const after = index === this.sizes.length - 1 ? CLOSE_LIST : COMMA;
      if (bytes[at] !== OPEN_OBJECT || bytes[end - 1] !== CLOSE_OBJECT || bytes[end] !== after)
        return undefined;
      texts.push(bytes.toString("utf8", at, end));
      at = end + 1;
    }
    return texts;
  }
}
