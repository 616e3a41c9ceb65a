import { byPlace, compareKeys, KEY_BYTES, type Place } from "./composite.ts";
import { countKeys } from "./posting-keys.ts";

/** Keys, one behind the other, that all have a posting at one place. */
export interface Posted {
  readonly keys: Buffer;
  readonly place: Place;
}

export interface SortedPostings {
  readonly keys: Buffer;
  /** Of each key, in the order of the keys. */
  readonly places: readonly Place[];
  /** Which key comes first, second and so on. */
  readonly order: Uint32Array;
}

/** Of a key, to sort by: the number that its first bytes are, of so many bits, so many at a time, the last ones first. */
const HEAD_BITS = 32;
const DIGIT_BITS = 11;
const DIGITS = 2 ** DIGIT_BITS;
const LAST_DIGIT = DIGITS - 1;

/**
 * Sorts postings by key, and those of a key newest first. Keys are random nearly all, so that their first bits put them in
 * order, by counting how many have which; only what these do not tell apart is compared.
 */
export function sortPostings(posted: readonly Posted[]): SortedPostings {
  const keys = Buffer.concat(posted.map((each) => each.keys));
  const heads = headsOf(keys);
  const sorted = { keys, places: placesOf(posted), order: orderOf(heads) };
  const { order } = sorted;
  const isInTime = posted.every(
    ({ place }, index) => index === 0 || byPlace(posted[index - 1]!.place, place) > 0,
  );
  for (let start = 0, end = 0; start < order.length; start = end) {
    const head = heads[order[start]!]!;
    for (end = start + 1; end < order.length && heads[order[end]!] === head;) end++;
    if (end - start > 1 && !(isInTime && isOneKey(sorted, start, end)))
      sortAlike(sorted, start, end);
  }
  return sorted;
}

function placesOf(posted: readonly Posted[]): Place[] {
  const places: Place[] = [];
  for (const { keys, place } of posted)
    for (let count = countKeys(keys); count > 0; count--) places.push(place);
  return places;
}

function headsOf(keys: Buffer): Uint32Array {
  const bytes = new DataView(keys.buffer, keys.byteOffset, keys.byteLength);
  const heads = new Uint32Array(countKeys(keys));
  for (let index = 0; index < heads.length; index++)
    heads[index] = bytes.getUint32(index * KEY_BYTES);
  return heads;
}

/** Which head is the lowest, the next one and so on; of equal ones the last comes first. */
function orderOf(heads: Uint32Array): Uint32Array {
  let order = new Uint32Array(heads.length);
  let next = new Uint32Array(heads.length);
  for (let index = 0; index < order.length; index++) order[index] = order.length - 1 - index;
  for (let shift = 0; shift < HEAD_BITS; shift += DIGIT_BITS) {
    byDigit(heads, shift, order, next);
    [order, next] = [next, order];
  }
  return order;
}

/** Puts what is in one order into another one, by one digit of the heads; what has the same stays as it was. */
function byDigit(heads: Uint32Array, shift: number, from: Uint32Array, to: Uint32Array): void {
  const ends = new Uint32Array(DIGITS);
  for (let index = 0; index < heads.length; index++)
    ends[(heads[index]! >>> shift) & LAST_DIGIT]!++;
  for (let digit = 1; digit < DIGITS; digit++) ends[digit]! += ends[digit - 1]!;
  for (let at = from.length - 1; at >= 0; at--) {
    const index = from[at]!;
    to[--ends[(heads[index]! >>> shift) & LAST_DIGIT]!] = index;
  }
}

/** Nearly always what begins alike is one key's. Of that the last comes first already, which is the newest in what came in time. */
function isOneKey({ keys, order }: SortedPostings, start: number, end: number): boolean {
  for (let index = start + 1; index < end; index++)
    if (compareKeys(keys, order[start]! * KEY_BYTES, keys, order[index]! * KEY_BYTES) !== 0)
      return false;
  return true;
}

function sortAlike({ keys, places, order }: SortedPostings, start: number, end: number): void {
  order
    .subarray(start, end)
    .sort(
      (a, b) =>
        compareKeys(keys, a * KEY_BYTES, keys, b * KEY_BYTES) || byPlace(places[a]!, places[b]!),
    );
}
