import { hash } from "node:crypto";

/** Bytes of a SHA-256. */
export const HASH_BYTES = 32;

const LEAF_PREFIX = 0;
const NODE_PREFIX = 1;

/** Hash of a leaf (RFC 9162, section 2.1.1). */
export function hashLeaf(entry: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(entry.length + 1);
  bytes[0] = LEAF_PREFIX;
  bytes.set(entry, 1);
  return hash("sha256", bytes, "buffer");
}

/** The same without a copy: the byte before the entry is overwritten. @param start of the entry, at least 1 */
export function hashLeafInPlace(bytes: Buffer, start: number, end: number): Buffer {
  bytes[start - 1] = LEAF_PREFIX;
  return hash("sha256", bytes.subarray(start - 1, end), "buffer");
}

const pair = Buffer.alloc(1 + 2 * HASH_BYTES);
pair[0] = NODE_PREFIX;

/** Hash of an inner node. */
export function hashNode(left: Uint8Array, right: Uint8Array): Buffer {
  pair.set(left, 1);
  pair.set(right, 1 + HASH_BYTES);
  return hash("sha256", pair, "buffer");
}

const EMPTY_ROOT = hash("sha256", Buffer.alloc(0), "buffer");

/** Nodes of a range, from left to right: their levels (a leaf's is 0) and their hashes, one after the other. */
export interface PackedNodes {
  readonly levels: Uint8Array;
  readonly hashes: Uint8Array;
}

/**
 * The fewest whole subtrees that cover the leaves from `begin` to `end`: what has to be known of a stretch of the log
 * to go on from its end, or to put it behind another stretch.
 */
export class CompactRange {
  readonly begin: number;
  #end: number;
  readonly #levels: number[] = [];
  readonly #hashes: Uint8Array[] = [];

  constructor(begin = 0) {
    this.begin = begin;
    this.#end = begin;
  }

  /** The range of the first leaves of a tree. @throws RangeError where these are not as many hashes as it has */
  static ofSize(size: number, hashes: readonly Uint8Array[]): CompactRange {
    const range = new CompactRange();
    const levels = levelsOf(size);
    if (levels.length !== hashes.length || hashes.some(({ length }) => length !== HASH_BYTES))
      throw new RangeError(`a tree of ${size} leaves has ${levels.length} subtrees of its own`);
    for (const [index, level] of levels.entries()) range.appendNode(level, hashes[index]!);
    return range;
  }

  get end(): number {
    return this.#end;
  }

  get hashes(): readonly Uint8Array[] {
    return this.#hashes;
  }

  appendLeaf(leaf: Uint8Array): void {
    this.appendNode(0, leaf);
  }

  /** @param level of a subtree whose first leaf is the one after this range, at a place where such a subtree may begin */
  appendNode(level: number, node: Uint8Array): void {
    let at = this.#end / 2 ** level;
    if (!Number.isInteger(at)) throw new RangeError("no subtree of that level begins here");
    this.#end += 2 ** level;
    while (at % 2 === 1 && this.#levels.at(-1) === level) {
      this.#levels.pop();
      node = hashNode(this.#hashes.pop()!, node);
      level += 1;
      at = (at - 1) / 2;
    }
    this.#levels.push(level);
    this.#hashes.push(node);
  }

  append({ levels, hashes }: PackedNodes): void {
    for (const [index, level] of levels.entries())
      this.appendNode(level, hashes.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES));
  }

  packed(): PackedNodes {
    const hashes = new Uint8Array(HASH_BYTES * this.#hashes.length);
    for (const [index, each] of this.#hashes.entries()) hashes.set(each, HASH_BYTES * index);
    return { levels: Uint8Array.from(this.#levels), hashes };
  }

  copy(): CompactRange {
    const range = new CompactRange(this.begin);
    range.append(this.packed());
    return range;
  }

  /** The tree's root; of a range that begins at 0. */
  root(): Uint8Array {
    let root = this.#hashes.at(-1);
    if (root === undefined) return EMPTY_ROOT;
    for (let index = this.#hashes.length - 2; index >= 0; index--)
      root = hashNode(this.#hashes[index]!, root);
    return root;
  }
}

/** The root of a range with another one behind it. */
export function rootOf(range: CompactRange, behind: PackedNodes): Uint8Array {
  const whole = range.copy();
  whole.append(behind);
  return whole.root();
}

/** Levels of the subtrees of a tree's first `size` leaves: the ones in its binary form, from the highest. */
function levelsOf(size: number): number[] {
  const levels: number[] = [];
  for (let level = 0, rest = size; rest > 0; level++, rest = Math.floor(rest / 2))
    if (rest % 2 === 1) levels.unshift(level);
  return levels;
}
