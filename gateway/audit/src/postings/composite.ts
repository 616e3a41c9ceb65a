/** A key's length in bytes: that of a pseudonym. */
export const KEY_BYTES = 16;

const NUMBER_BYTES = 6;
/** A composite's length. */
export const COMPOSITE_BYTES = KEY_BYTES + 2 * NUMBER_BYTES;
const HIGHEST = 2 ** (NUMBER_BYTES * 8) - 1;

/** Where a posting stands in time: its newest place first is how everything here is ordered. */
export interface Place {
  /** The log's size when the access became visible: the record's own position, unless it was disclosed later. */
  readonly at: number;
  /** The record. */
  readonly position: number;
}

/**
 * The place of a posting in a run as bytes that sort as postings do: the key, then the place, the newest first.
 * @param key 16 bytes as a text of so many characters (latin1), as keys are throughout
 */
export function compositeOf(key: string, { at, position }: Place): Buffer {
  const bytes = Buffer.allocUnsafe(COMPOSITE_BYTES);
  bytes.write(key, 0, KEY_BYTES, "latin1");
  bytes.writeUIntBE(HIGHEST - at, KEY_BYTES, NUMBER_BYTES);
  bytes.writeUIntBE(HIGHEST - position, KEY_BYTES + NUMBER_BYTES, NUMBER_BYTES);
  return bytes;
}

/** The place that a composite was made of. */
export function placeOf(composite: Uint8Array): Place {
  const bytes = Buffer.from(composite.buffer, composite.byteOffset, composite.byteLength);
  return {
    at: HIGHEST - bytes.readUIntBE(KEY_BYTES, NUMBER_BYTES),
    position: HIGHEST - bytes.readUIntBE(KEY_BYTES + NUMBER_BYTES, NUMBER_BYTES),
  };
}

/** Negative where the first key comes first, 0 where both are the same. Each is read where it stands among other bytes. */
export function compareKeys(a: Uint8Array, atA: number, b: Uint8Array, atB: number): number {
  for (let index = 0; index < KEY_BYTES; index++) {
    const difference = a[atA + index]! - b[atB + index]!;
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The key that a composite begins with. */
export function keyOf(composite: Uint8Array): string {
  return Buffer.from(composite.buffer, composite.byteOffset, KEY_BYTES).toString("latin1");
}

/** A bound that no place of a key lies beyond. */
export function endOfKey(key: string): Buffer {
  return compositeOf(key, { at: 0, position: 0 });
}

/** Newest first; by the record where several became visible at once. */
export function byPlace(a: Place, b: Place): number {
  return b.at - a.at || b.position - a.position;
}
