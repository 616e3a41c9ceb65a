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
  if (previous.length !== HASH || leaf.length !== HASH)
    return hash("sha256", Buffer.concat([previous, leaf]), "buffer");
  twoHashes.set(previous, 0);
  twoHashes.set(leaf, HASH);
  return sha256(twoHashes);
}

/** Lines of one router that are written together. */
export interface LinkedLines {
  /** Each closed by a line feed, UTF-8. */
  readonly lines: Buffer;
  /** Their leaf hashes, 32 bytes each. */
  readonly leaves: Buffer;
  /** The router's chain after the last of them. */
  readonly chain: Buffer;
}

/**
 * Puts lines one behind the other and hashes them where they stand: what {@link leafHash} and {@link chainOn} say of each.
 * @param texts without line feeds
 * @param previous the chain before the first of them
 */
export function linkLines(texts: readonly string[], previous: Uint8Array): LinkedLines {
  let size = 1;
  for (const text of texts) size += Buffer.byteLength(text) + 1;
  const bytes = Buffer.allocUnsafe(size);
  const leaves = Buffer.allocUnsafe(texts.length * HASH);
  twoHashes.set(previous, 0);
  let before = 0;
  let leaf = 0;
  for (const text of texts) {
    const end = before + 1 + bytes.write(text, before + 1);
    // The byte in front is a leaf's zero while the line is hashed; then it closes the line before.
    bytes[before] = 0;
    const hashed = hash("sha256", bytes.subarray(before, end), "binary");
    bytes[before] = LINE_FEED;
    leaves.write(hashed, leaf, "latin1");
    twoHashes.write(hashed, HASH, "latin1");
    twoHashes.write(hash("sha256", twoHashes, "binary"), 0, "latin1");
    leaf += HASH;
    before = end;
  }
  bytes[before] = LINE_FEED;
  return { lines: bytes.subarray(1), leaves, chain: Buffer.from(twoHashes.subarray(0, HASH)) };
}

/** The leaf hash of one of them. @param index from 0 */
export function leafOf({ leaves }: LinkedLines, index: number): Buffer {
  return leaves.subarray(index * HASH, (index + 1) * HASH);
}

const LINE_FEED = 0x0a;
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
  return Buffer.from(hash("sha256", bytes, "binary"), "latin1");
}
