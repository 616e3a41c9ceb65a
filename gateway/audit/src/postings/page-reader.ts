import { compareKeys, KEY_BYTES, type Place } from "./composite.ts";

const LENGTH_BYTES = 2;

/**
 * Goes through a page, group by group: a key and its postings as far as they stand in this page. It is before the first
 * group to begin with.
 */
export class PageCursor {
  readonly data: Buffer;
  /** Where the present group's key stands in the data. */
  keyAt = 0;
  /** Where it ends, and the next one begins. */
  end = 0;

  constructor(data: Buffer) {
    this.data = data;
  }

  /** Whether the present group is the page's last one. */
  get reachesEnd(): boolean {
    return this.end === this.data.length;
  }

  /** Goes on to the next group. @returns false where there is none @throws RangeError for bytes that are no page */
  next(): boolean {
    if (this.reachesEnd) return false;
    this.keyAt = this.end;
    const lengthAt = this.keyAt + KEY_BYTES;
    const length = this.data.readUInt16BE(lengthAt);
    this.end = lengthAt + LENGTH_BYTES + length;
    if (length === 0 || this.end > this.data.length) throw new RangeError(TORN);
    return true;
  }

  /**
   * Where the present group's postings are, newest first.
   * @param most how many of them, from the first on
   * @throws RangeError for bytes that are no page
   */
  places(most = Number.POSITIVE_INFINITY): Place[] {
    const { data } = this;
    const places: Place[] = [];
    let offset = this.keyAt + KEY_BYTES + LENGTH_BYTES;
    const number = (): number => {
      let value = 0;
      for (let factor = 1; ; factor *= 128) {
        if (offset >= this.end) throw new RangeError(TORN);
        const byte = data[offset++]!;
        value += (byte % 128) * factor;
        if (byte < 128) return value;
      }
    };
    let last: number | undefined;
    while (offset < this.end && places.length < most) {
      const value = number();
      const at: number = last === undefined ? Math.floor(value / 2) : last - Math.floor(value / 2);
      places.push({ at, position: value % 2 === 0 ? at : at - number() });
      last = at;
    }
    return places;
  }
}

const TORN = "a page of the index is torn";

/** One key's postings in a page, and whether they may go on in the next one. */
export function groupOf(
  data: Buffer,
  key: string,
): { places: readonly Place[]; reachesEnd: boolean } {
  const sought = Buffer.from(key, "latin1");
  const cursor = new PageCursor(data);
  while (cursor.next())
    if (compareKeys(data, cursor.keyAt, sought, 0) === 0)
      return { places: cursor.places(), reachesEnd: cursor.reachesEnd };
  return { places: [], reachesEnd: false };
}
