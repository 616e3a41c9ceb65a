import { byPlace, compareKeys, compositeOf, KEY_BYTES, type Place } from "./composite.ts";

/**
 * A page's length at most. With its row's own 64 bytes four of them fill a block of PostgreSQL (8 KiB), and one is quickly
 * read for one key.
 */
export const MAX_PAGE_BYTES = 1_960;

/** Of a group's length, which is below the page's. */
const LENGTH_BYTES = 2;

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
  readonly #posting = Buffer.allocUnsafe(20);
  #lastFull: Buffer | undefined;
  #length = 0;
  #first: Place | undefined;
  /** Where the open group begins with its key; -1 where none is open. */
  #group = -1;
  #last: Place = { at: 0, position: 0 };

  /** @param maxBytes for tests: how long a page may be, at least 48 */
  constructor(maxBytes = MAX_PAGE_BYTES) {
    this.#bytes = Buffer.allocUnsafe(maxBytes);
  }

  /**
   * Adds a posting, unless it is the one that was added last.
   * @param keys its key stands there among others, from `start` on
   */
  add(keys: Uint8Array, start: number, place: Place): void {
    const opens = this.#group < 0 || compareKeys(this.#bytes, this.#group, keys, start) !== 0;
    if (!opens && byPlace(this.#last, place) === 0) return;
    let size = this.#encode(opens ? place.at : this.#last.at - place.at, place);
    if (this.#length + size + (opens ? KEY_BYTES + LENGTH_BYTES : 0) > this.#bytes.length) {
      this.#closePage();
      size = this.#encode(place.at, place);
    }
    this.#first ??= place;
    if (opens || this.#group < 0) this.#openGroup(keys, start);
    for (let index = 0; index < size; index++)
      this.#bytes[this.#length + index] = this.#posting[index]!;
    this.#length += size;
    this.#last = place;
  }

  /** Makes a page of what is left. */
  end(): void {
    if (this.#first !== undefined) this.#closePage();
  }

  #openGroup(keys: Uint8Array, start: number): void {
    this.#closeGroup();
    this.#group = this.#length;
    for (let index = 0; index < KEY_BYTES; index++)
      this.#bytes[this.#length + index] = keys[start + index]!;
    this.#length += KEY_BYTES + LENGTH_BYTES;
  }

  #closeGroup(): void {
    if (this.#group < 0) return;
    const lengthAt = this.#group + KEY_BYTES;
    this.#bytes.writeUInt16BE(this.#length - lengthAt - LENGTH_BYTES, lengthAt);
  }

  #closePage(): void {
    this.#closeGroup();
    this.pages.push({
      first: compositeOf(this.#keyAt(0), this.#first!),
      data: Buffer.from(this.#bytes.subarray(0, this.#length)),
    });
    this.#lastFull = compositeOf(this.#keyAt(this.#group), this.#last);
    this.#length = 0;
    this.#first = undefined;
    this.#group = -1;
  }

  #keyAt(start: number): string {
    return this.#bytes.toString("latin1", start, start + KEY_BYTES);
  }

  /** @returns how many bytes of #posting it took */
  #encode(below: number, { at, position }: Place): number {
    const length = this.#number(below * 2 + (at === position ? 0 : 1), 0);
    return at === position ? length : this.#number(at - position, length);
  }

  #number(value: number, offset: number): number {
    let rest = value;
    let at = offset;
    while (rest >= 128) {
      this.#posting[at++] = (rest % 128) + 128;
      rest = Math.floor(rest / 128);
    }
    this.#posting[at++] = rest;
    return at;
  }
}
