import { createHash } from "node:crypto";

/** Hash of a leaf of the log's tree (RFC 9162, section 2.1.1): SHA-256 of a zero byte and the record's line. */
export function leafHash(line: Uint8Array): Buffer {
  return createHash("sha256").update(LEAF).update(line).digest();
}

/**
 * The chain in which a router process links its records: it begins with SHA-256 of the process's id, and each record
 * turns it into SHA-256 of what it was and of the record's leaf hash.
 */
export function chainStart(router: string): Buffer {
  return createHash("sha256").update(router).digest();
}

export function chainOn(previous: Uint8Array, leaf: Uint8Array): Buffer {
  return createHash("sha256").update(previous).update(leaf).digest();
}

const LEAF = Buffer.from([0]);
