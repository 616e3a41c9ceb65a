import { createHmac, createSecretKey, hash, type KeyObject } from "node:crypto";
import { PSEUDONYM_BYTES } from "./audit-record.ts";

/** What SHA-256 takes in at a time, bytes. */
const BLOCK = 64;
const HASH = 32;
/** Room for what most messages are. */
const MESSAGE = 1_024;
/** What all but the last character of a short digest's text are of a whole one's. */
const WHOLE_CHARACTERS = Math.floor((PSEUDONYM_BYTES * 4) / 3);
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
/** The last character, of which two bits are the digest's and four are zero, by the code of what stands in its place. */
const LAST: string[] = [];
for (let bits = 0; bits < ALPHABET.length; bits += 1)
  LAST[ALPHABET.charCodeAt(bits)] = ALPHABET[bits & 0b110000]!;

/**
 * HMAC-SHA-256 (RFC 2104) under one key, cut to 16 bytes, as base64url: 22 characters. Texts are hashed as UTF-8.
 *
 * A record takes one for each data subject. Made of two hashes in one go, over blocks that begin with the padded key, and
 * with texts as results, it takes a third of what createHmac does: what costs there are its objects and buffers.
 */
export class ShortHmac {
  readonly #key: KeyObject;
  /** The key's block, then the message. */
  readonly #inner = Buffer.alloc(BLOCK + MESSAGE);
  /** Its beginnings, by their length. */
  readonly #beginnings: Buffer[] = [];
  /** The key's other block, then the hash of the first and the message. */
  readonly #outer = Buffer.alloc(BLOCK + HASH);

  /**
   * @param key at most 64 bytes
   * @throws RangeError for a longer one
   */
  constructor(key: Uint8Array) {
    if (key.length > BLOCK) throw new RangeError("the key is longer than a block");
    this.#key = createSecretKey(key);
    for (let at = 0; at < BLOCK; at += 1) {
      const byte = key[at] ?? 0;
      this.#inner[at] = byte ^ 0x36;
      this.#outer[at] = byte ^ 0x5c;
    }
  }

  of(text: string): string {
    if (room(text) > MESSAGE) return this.#ofLong(text);
    const end = this.#write(text, BLOCK);
    const found = this.#ofMessageTo(end);
    this.#forget(end);
    return found;
  }

  /**
   * Of texts that begin alike.
   * @param start of every one of them; it ends with a whole character
   * @param ends what follows it in each
   */
  ofEach(start: string, ends: Iterable<string>): string[] {
    const found: string[] = [];
    if (room(start) > MESSAGE) {
      for (const end of ends) found.push(this.#ofLong(start + end));
      return found;
    }
    const at = this.#write(start, BLOCK);
    let longest = at;
    for (const text of ends) {
      if (at + room(text) > BLOCK + MESSAGE) {
        found.push(this.#ofLong(start + text));
        continue;
      }
      const end = this.#write(text, at);
      found.push(this.#ofMessageTo(end));
      longest = Math.max(longest, end);
    }
    this.#forget(longest);
    return found;
  }

  /** Nobody's key stays here until the next one comes. @param end of the longest message */
  #forget(end: number): void {
    this.#inner.fill(0, BLOCK, end);
    this.#outer.fill(0, BLOCK);
  }

  /** @returns where it ends */
  #write(text: string, at: number): number {
    const { length } = text;
    for (let index = 0; index < length; index += 1) {
      const code = text.charCodeAt(index);
      if (code > 0x7f) return at + this.#inner.write(text, at);
      this.#inner[at + index] = code;
    }
    return at + length;
  }

  /** @param end of the message that stands behind the key's block */
  #ofMessageTo(end: number): string {
    const message = (this.#beginnings[end] ??= this.#inner.subarray(0, end));
    const first = hash("sha256", message, "binary");
    for (let index = 0; index < HASH; index += 1)
      this.#outer[BLOCK + index] = first.charCodeAt(index);
    return cut(hash("sha256", this.#outer, "base64url"));
  }

  #ofLong(text: string): string {
    return cut(createHmac("sha256", this.#key).update(text).digest("base64url"));
  }
}

/** The most bytes a text can take: three for each of its UTF-16 units, unless that is too much to say without counting. */
function room(text: string): number {
  const most = text.length * 3;
  return most <= MESSAGE ? most : Buffer.byteLength(text);
}

function cut(digest: string): string {
  return digest.slice(0, WHOLE_CHARACTERS) + LAST[digest.charCodeAt(WHOLE_CHARACTERS)]!;
}
