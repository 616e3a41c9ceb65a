import { KeptBytes } from "../../http/kept-bytes.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** One element of the array. */
export interface ArrayItem {
  /** How many bytes its text has, or had so far. */
  bytes: number;
  /** Its text; undefined when there was no room for it, and it is not kept. */
  kept: KeptBytes | undefined;
}

/**
 * Takes a JSON array apart into the texts of its elements while its bytes come in, without parsing them: each element
 * has a size of its own, and one that is too large costs no memory and none of its neighbours. Whether an element
 * is JSON is for whoever parses it: if all are, and the array is complete, the whole was.
 */
export class ArrayItems {
  readonly items: ArrayItem[] = [];
  readonly #count: number;
  readonly #mayKeep: (place: number, bytes: number) => boolean;
  #state: "before" | "inside" | "after" | "broken" = "before";
  #depth = 0;
  #inString = false;
  #escaped = false;

  /** @param mayKeep whether so many more bytes of the element at a place may be kept; asked no more once they may not */
  constructor(count: number, mayKeep: (place: number, bytes: number) => boolean) {
    this.#count = count;
    this.#mayKeep = mayKeep;
  }

  /** Whether the whole array has come, and nothing else. */
  get isComplete(): boolean {
    return this.#state === "after";
  }

  /** Whether what comes can be no array of as many any more. */
  get isBroken(): boolean {
    return this.#state === "broken";
  }

  push(bytes: Buffer): void {
    let from = 0;
    if (this.#state === "before") {
      from = skipBlanks(bytes, 0);
      if (from === bytes.length) return;
      this.#state = bytes[from] === OPEN_LIST ? "inside" : "broken";
      from += 1;
      this.items.push({ bytes: 0, kept: new KeptBytes() });
    }
    if (this.#state === "inside") from = this.#inside(bytes, from);
    if (this.#state === "after" && skipBlanks(bytes, from) < bytes.length) this.#state = "broken";
  }

  /** @returns where the array has ended, or where the bytes do */
  #inside(bytes: Buffer, from: number): number {
    let begin = from;
    let at = from;
    let depth = this.#depth;
    while (at < bytes.length) {
      if (this.#inString) {
        at = this.#string(bytes, at);
        continue;
      }
      const byte = bytes[at]!;
      at += 1;
      if (byte === QUOTE) this.#inString = true;
      else if (byte === OPEN_OBJECT || byte === OPEN_LIST) depth += 1;
      else if (byte === CLOSE_OBJECT || (byte === CLOSE_LIST && depth > 0)) {
        depth -= 1;
        if (depth < 0) return this.#break(at);
      } else if (depth === 0 && (byte === COMMA || byte === CLOSE_LIST)) {
        this.#keep(bytes, begin, at - 1);
        begin = at;
        if (byte === CLOSE_LIST) {
          this.#state = "after";
          return at;
        }
        if (this.items.length === this.#count) return this.#break(at);
        this.items.push({ bytes: 0, kept: new KeptBytes() });
      }
    }
    this.#depth = depth;
    this.#keep(bytes, begin, at);
    return at;
  }

  /** @returns where the string has ended, its quote included, or where the bytes do */
  #string(bytes: Buffer, from: number): number {
    let at = from;
    if (this.#escaped) {
      this.#escaped = false;
      at += 1;
    }
    for (; at < bytes.length; at += 1) {
      const byte = bytes[at];
      if (byte === QUOTE) {
        this.#inString = false;
        return at + 1;
      }
      if (byte === BACKSLASH) {
        at += 1;
        // The byte after it may be the first one to come next.
        if (at === bytes.length) this.#escaped = true;
      }
    }
    return bytes.length;
  }

  #break(at: number): number {
    this.#state = "broken";
    return at;
  }

  #keep(bytes: Buffer, from: number, to: number): void {
    const item = this.items.at(-1)!;
    item.bytes += to - from;
    if (item.kept === undefined || to === from) return;
    if (this.#mayKeep(this.items.length - 1, to - from)) item.kept.add(bytes.subarray(from, to));
    else item.kept = undefined;
  }
}

function skipBlanks(bytes: Buffer, from: number): number {
  let at = from;
  while (at < bytes.length && isBlank(bytes[at]!)) at += 1;
  return at;
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
