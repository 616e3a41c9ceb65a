import { hash } from "node:crypto";

/** Hash of a leaf of the log's tree (RFC 9162, section 2.1.1): SHA-256 of a zero byte and the record's line. */
export function leafHash(line: Uint8Array): Buffer {
  if (line.length > LINE) return hash("sha256", Buffer.concat([LEAF, line]), "buffer");
  leafAndLine.set(line, 1);
  return sha256(leafAndLine.subarray(0, line.length + 1));
}

/**
 * The chain in which a router process links its records: it begins with SHA-256 of the process's id, and each record
 * turns it into SHA-256 of what it was and of the record's leaf hash.
 */
export function chainStart(router: string): Buffer {
  return hash("sha256", router, "buffer");
}

export function chainOn(previous: Uint8Array, leaf: Uint8Array): Buffer {
  twoHashes.set(previous, 0);
  twoHashes.set(leaf, HASH);
  return sha256(twoHashes);
}

const HASH = 32;
/** As long as most lines. */
const LINE = 8 * 1024;
const LEAF = Buffer.from([0]);
const leafAndLine = Buffer.alloc(1 + LINE);
const twoHashes = Buffer.alloc(2 * HASH);

/**
 * In one go, which takes half the time of a hash that is fed piece by piece; and by way of a text, which takes half of
 * that, because what costs most is a result in a buffer of its own.
 */
function sha256(bytes: Uint8Array): Buffer {
  return Buffer.from(hash("sha256", bytes, "latin1"), "latin1");
}
