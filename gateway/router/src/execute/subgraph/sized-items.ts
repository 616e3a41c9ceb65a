import { isUtf8 } from "node:buffer";
import { octetsIn } from "../../splice/octets.ts";

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
  #octets: string[] | undefined;

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
    if (length > this.#total || this.#octets !== undefined) return false;
    if (length < this.#total) {
      this.#pieces.push(Buffer.from(bytes));
      this.#length = length;
      return true;
    }
    const all = this.#pieces.length === 0 ? bytes : Buffer.concat([...this.#pieces, bytes]);
    this.#octets = this.#cut(all);
    if (this.#octets === undefined) return false;
    this.#length = length;
    this.#pieces = [];
    return true;
  }

  /** The items as octet texts, when the array has come and nothing else. */
  get octets(): readonly string[] | undefined {
    return this.#octets;
  }

  /** What has come, the whole array where it was complete: what follows it makes it something else. */
  get taken(): readonly Buffer[] {
    const octets = this.#octets;
    return octets === undefined ? this.#pieces : [Buffer.from(`[${octets.join(",")}]`, "latin1")];
  }

  #cut(bytes: Buffer): string[] | undefined {
    if (bytes[0] !== OPEN_LIST) return undefined;
    const octets: string[] = [];
    // Items begin and end with letters of one byte, so that each is UTF-8 where all of them are.
    const areText = isUtf8(bytes);
    let at = 1;
    for (const [index, size] of this.sizes.entries()) {
      const end = at + size;
      const after = index === this.sizes.length - 1 ? CLOSE_LIST : COMMA;
      if (bytes[at] !== OPEN_OBJECT || bytes[end - 1] !== CLOSE_OBJECT || bytes[end] !== after)
        return undefined;
      octets.push(areText ? bytes.toString("latin1", at, end) : octetsIn(bytes.subarray(at, end)));
      at = end + 1;
    }
    return octets;
  }
}
