import { hash } from "node:crypto";

/** Hash of a leaf of the log's tree (RFC 9162, section 2.1.1): SHA-256 of a zero byte and the record's line. */
export function leafHash(line: Uint8Array): Buffer {
  return sha256(LEAF, line);
}

/**
 * The chain in which a router process links its records: it begins with SHA-256 of the process's id, and each record
 * turns it into SHA-256 of what it was and of the record's leaf hash.
 */
export function chainStart(router: string): Buffer {
  return hash("sha256", router, "buffer");
}

export function chainOn(previous: Uint8Array, leaf: Uint8Array): Buffer {
  return sha256(previous, leaf);
}

const LEAF = Buffer.from([0]);

/** In one go: half the time of a hash that is fed piece by piece. */
function sha256(...parts: readonly Uint8Array[]): Buffer {
  return hash("sha256", Buffer.concat(parts), "buffer");
}
