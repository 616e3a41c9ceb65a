import { hash } from "node:crypto";

/** SHA-256. */
export const HASH_BYTES = 32;

/** The root of the tree without leaves (RFC 9162, section 2.1.1). */
export const EMPTY_ROOT = hash("sha256", "", "buffer");

/** Hash of an inner node (RFC 9162, section 2.1.1): SHA-256 of a byte 1 and both children. */
export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  if (left.length !== HASH_BYTES || right.length !== HASH_BYTES)
    return hash("sha256", Buffer.concat([NODE, left, right]), "buffer");
  node.set(left, 1);
  node.set(right, 1 + HASH_BYTES);
  // As a text first: a result in a buffer of its own is what costs most.
  return Buffer.from(hash("sha256", node, "binary"), "latin1");
}

/** Root of the perfect tree over hashes, whose number is a power of two. */
export function perfectRoot(hashes: readonly Buffer[]): Buffer {
  let level = hashes;
  while (level.length > 1) {
    const above: Buffer[] = [];
    for (let i = 0; i < level.length; i += 2) above.push(nodeHash(level[i]!, level[i + 1]!));
    level = above;
  }
  return level[0]!;
}

/** Hashes written one after the other, taken apart. */
export function splitHashes(bytes: Buffer): Buffer[] {
  const hashes: Buffer[] = [];
  for (let at = 0; at + HASH_BYTES <= bytes.length; at += HASH_BYTES)
    hashes.push(bytes.subarray(at, at + HASH_BYTES));
  return hashes;
}

const NODE = Buffer.from([1]);
/** Room for a node's byte and its children. */
const node = Buffer.concat([NODE, Buffer.alloc(2 * HASH_BYTES)]);
