import { byPlace, compareKeys, compositeOf, KEY_BYTES, type Place } from "./composite.ts";
import { PageCursor } from "./page-reader.ts";

/**
 * A page's length at most. With its row's own 64 bytes four of them fill a block of PostgreSQL (8 KiB), and one is quickly
 * read for one key.
 */
export const MAX_PAGE_BYTES = 1_960;

/** Of a group's length, which is below the page's. */
const LENGTH_BYTES = 2;
const GROUP_BYTES = KEY_BYTES + LENGTH_BYTES;

/** A page ready to be stored. */
export interface Page {
  /** The composite of its first posting. */
  readonly first: Buffer;
  readonly data: Buffer;
}

/**
 * Writes postings, sorted by key and then newest first, into pages. A page is a sequence of groups: the key (16 bytes),
 * the length of what follows (2 bytes), and for each posting a number n (LEB128): ⌊n / 2⌋ is by how much its `at` lies
 * below the one before (for the first: its `at`); where n is odd, a second number says by how much the record's position
 * lies below `at`. So most postings of a frequent key take one byte, and a key's only one 22.
 */
export class PageWriter {
  /** Pages that are full, in order. */
  readonly pages: Page[] = [];
  /** The composite of the last posting in them; undefined while there are none. */
  get lastFull(): Buffer | undefined {
    return this.#lastFull;
  }
  readonly #bytes: Buffer;
  #lastFull: Buffer | undefined;
  #length = 0;
  /** Where the open group begins with its key; -1 where none is open. */
  #group = -1;
  /** The posting that was added last; undefined where it came with a group, and nobody has read it yet. */
  #last: Place | undefined;

  /** @param maxBytes for tests: how long a page may be, at least 48 */
  constructor(maxBytes = MAX_PAGE_BYTES) {
    this.#bytes = Buffer.allocUnsafe(maxBytes);
  }

  /**
   * Adds a posting, unless it is the one that was added last.
   * @param keys its key stands there among others, from `start` on
   */
  add(keys: Uint8Array, start: number, place: Place): void {
    const last = this.#opens(keys, start) ? undefined : this.#readLast();
    if (last !== undefined && byPlace(last, place) === 0) return;
    const opens = last === undefined;
    let below = opens ? place.at : last.at - place.at;
    const room = this.#bytes.length - this.#length - (opens ? GROUP_BYTES : 0);
    if (lengthOf(below, place) > room) {
      this.#closePage();
      below = place.at;
    }
    if (this.#group < 0 || opens) this.#openGroup(keys, start);
    this.#encode(below, place);
    this.#last = place;
  }

  /**
   * Adds a group as it stands in another page: what adding its postings one by one would write.
   * @returns false, and nothing is added, where that would not be the same bytes: the open group has the same key, or
   * the page has no room for all of it
   */
  addGroup({ data, keyAt, end }: PageCursor): boolean {
    if (this.#length + end - keyAt > this.#bytes.length || !this.#opens(data, keyAt)) return false;
    this.#closeGroup();
    this.#group = this.#length;
    this.#length += data.copy(this.#bytes, this.#length, keyAt, end);
    this.#last = undefined;
    return true;
  }

  /** Makes a page of what is left. */
  end(): void {
    if (this.#length > 0) this.#closePage();
  }

  #opens(keys: Uint8Array, start: number): boolean {
    return this.#group < 0 || compareKeys(this.#bytes, this.#group, keys, start) !== 0;
  }

  #readLast(): Place {
    return (this.#last ??= this.#cursorAt(this.#group).places().at(-1)!);
  }

  /** @param start where a group begins */
  #cursorAt(start: number): PageCursor {
    const cursor = new PageCursor(this.#bytes.subarray(start, this.#length));
    cursor.next();
    return cursor;
  }

  #openGroup(keys: Uint8Array, start: number): void {
    this.#closeGroup();
    this.#group = this.#length;
    for (let index = 0; index < KEY_BYTES; index++)
      this.#bytes[this.#length + index] = keys[start + index]!;
    this.#length += GROUP_BYTES;
  }

  #closeGroup(): void {
    if (this.#group < 0) return;
    const lengthAt = this.#group + KEY_BYTES;
    this.#bytes.writeUInt16BE(this.#length - lengthAt - LENGTH_BYTES, lengthAt);
  }

  #closePage(): void {
    this.#closeGroup();
    this.pages.push({
      first: compositeOf(this.#keyAt(0), this.#cursorAt(0).places(1)[0]!),
      data: Buffer.from(this.#bytes.subarray(0, this.#length)),
    });
    this.#lastFull = compositeOf(this.#keyAt(this.#group), this.#readLast());
    this.#length = 0;
    this.#group = -1;
  }

  #keyAt(start: number): string {
    return this.#bytes.toString("latin1", start, start + KEY_BYTES);
  }

  #encode(below: number, { at, position }: Place): void {
    this.#number(below * 2 + (at === position ? 0 : 1));
    if (at !== position) this.#number(at - position);
  }

  #number(value: number): void {
    const bytes = this.#bytes;
    let at = this.#length;
    let rest = value;
    for (; rest > 0x7fffffff; rest = Math.floor(rest / 128)) bytes[at++] = (rest % 128) + 128;
    for (; rest >= 128; rest >>= 7) bytes[at++] = (rest & 127) | 128;
    bytes[at++] = rest;
    this.#length = at;
  }
}

/** Bytes that a posting takes. */
function lengthOf(below: number, { at, position }: Place): number {
  const length = lengthOfNumber(below * 2);
  return at === position ? length : length + lengthOfNumber(at - position);
}

function lengthOfNumber(value: number): number {
  let length = 1;
  for (let limit = 128; value >= limit; limit *= 128) length++;
  return length;
}
