import { KEY_BYTES, type Place } from "./composite.ts";

/** A key's postings as far as they stand in one page, newest first. */
export interface Group {
  readonly key: string;
  readonly places: readonly Place[];
}

const LENGTH_BYTES = 2;

/** The groups of a page, in order. @throws RangeError for bytes that are no page */
export function* groupsOf(data: Buffer): Generator<Group> {
  for (const { start, end } of extents(data)) {
    const key = data.toString("latin1", start, start + KEY_BYTES);
    yield { key, places: placesIn(data, start + KEY_BYTES + LENGTH_BYTES, end) };
  }
}

/** One key's postings in a page, and whether they may go on in the next one. */
export function groupOf(
  data: Buffer,
  key: string,
): { places: readonly Place[]; reachesEnd: boolean } {
  const sought = Buffer.from(key, "latin1");
  for (const { start, end } of extents(data)) {
    if (sought.compare(data, start, start + KEY_BYTES) !== 0) continue;
    const places = placesIn(data, start + KEY_BYTES + LENGTH_BYTES, end);
    return { places, reachesEnd: end === data.length };
  }
  return { places: [], reachesEnd: false };
}

function* extents(data: Buffer): Generator<{ start: number; end: number }> {
  for (let start = 0; start < data.length;) {
    const end = start + KEY_BYTES + LENGTH_BYTES + data.readUInt16BE(start + KEY_BYTES);
    if (end > data.length) throw new RangeError("a page of the index is torn");
    yield { start, end };
    start = end;
  }
}

function placesIn(data: Buffer, start: number, end: number): Place[] {
  const places: Place[] = [];
  let offset = start;
  const number = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      if (offset >= end) throw new RangeError("a page of the index is torn");
      const byte = data[offset++]!;
      value += (byte % 128) * factor;
      if (byte < 128) return value;
    }
  };
  let last: number | undefined;
  while (offset < end) {
    const value = number();
    const at: number = last === undefined ? Math.floor(value / 2) : last - Math.floor(value / 2);
    places.push({ at, position: value % 2 === 0 ? at : at - number() });
    last = at;
  }
  return places;
}
