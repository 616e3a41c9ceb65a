import { hash } from "node:crypto";
import { HASH_BYTES } from "./tree.ts";

const link = Buffer.alloc(2 * HASH_BYTES);

/** Where a router process's chain begins: SHA-256 of its id. */
export function beginOfChain(router: string): Buffer {
  return hash("sha256", Buffer.from(router), "buffer");
}

/** The chain after one more record, whose leaf hash this is. */
export function nextOfChain(chain: Uint8Array, leaf: Uint8Array): Buffer {
  link.set(chain, 0);
  link.set(leaf, HASH_BYTES);
  return hash("sha256", link, "buffer");
}

/** The chain after several. */
export function endOfChain(chain: Uint8Array, leaves: Iterable<Uint8Array>): Uint8Array {
  let end = chain;
  for (const leaf of leaves) end = nextOfChain(end, leaf);
  return end;
}
