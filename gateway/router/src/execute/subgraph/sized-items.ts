import { isUtf8 } from "node:buffer";
import { KeptBytes } from "../../http/kept-bytes.ts";
import { octetsIn } from "../../splice/octets.ts";

const COMMA = 0x2c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/**
 * The sizes that a subgraph says the items of a batch have (ITEM_BYTES_HEADER), in bytes. Undefined where it does not say
 * so of every item: then the bytes are looked through as they come.
 */
export function readItemSizes(
  header: string | undefined,
  count: number,
): readonly number[] | undefined {
  const sizes = header?.split(",");
  if (sizes?.length !== count || !sizes.every((size) => /^[1-9]\d{0,9}$/.test(size)))
    return undefined;
  return sizes.map(Number);
}

/** Takes a JSON array of objects, written without spaces, apart by the sizes of its items. */
export class SizedItems {
  readonly sizes: readonly number[];
  readonly #total: number;
  #kept = new KeptBytes();
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
    const length = this.#kept.length + bytes.length;
    if (length > this.#total || this.#octets !== undefined) return false;
    if (length < this.#total) {
      this.#kept.add(bytes);
      return true;
    }
    this.#octets = this.#cut(this.#kept.whole(bytes));
    if (this.#octets === undefined) return false;
    this.#kept = new KeptBytes();
    return true;
  }

  /** The items as octet texts, when the array has come and nothing else. */
  get octets(): readonly string[] | undefined {
    return this.#octets;
  }

  /** What has come, the whole array where it was complete: what follows it makes it something else. */
  get taken(): Buffer {
    const octets = this.#octets;
    return octets === undefined
      ? this.#kept.whole()
      : Buffer.from(`[${octets.join(",")}]`, "latin1");
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
