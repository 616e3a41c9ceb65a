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
  readonly order: Float64Array;
}

/** Of a key, to sort by; a number holds 53 bits, and what these leave says which key it is. */
const HEAD_BYTES = 6;
const HEAD = 2 ** (HEAD_BYTES * 8);
const EXACT = 2 ** 53;

/**
 * Sorts postings by key, and those of a key newest first. Keys are random nearly all, so that their first bits put them in
 * order, as plain numbers that are sorted without asking anybody back; only what these do not tell apart is compared.
 */
export function sortPostings(posted: readonly Posted[]): SortedPostings {
  const keys = Buffer.concat(posted.map((each) => each.keys));
  const places: Place[] = [];
  for (const { keys: own, place } of posted)
    for (let count = countKeys(own); count > 0; count--) places.push(place);
  const order = new Float64Array(places.length);
  const step = 2 ** Math.ceil(Math.log2(places.length + 1));
  const heads = Math.min(HEAD, EXACT / step);
  const headOf = (index: number): number =>
    Math.floor(keys.readUIntBE(index * KEY_BYTES, HEAD_BYTES) / (HEAD / heads));
  for (let index = 0; index < order.length; index++) order[index] = headOf(index) * step + index;
  order.sort();
  const sorted = { keys, places, order };
  for (let start = 0, end = 0; start < order.length; start = end) {
    const head = Math.floor(order[start]! / step);
    for (end = start; end < order.length && order[end]! < (head + 1) * step; end++)
      order[end]! -= head * step;
    if (end - start > 1) sortAlike(sorted, start, end);
  }
  return sorted;
}

/** Sorts what begins alike, and stands in the order in which it came. */
function sortAlike({ keys, places, order }: SortedPostings, start: number, end: number): void {
  const compare = (a: number, b: number): number =>
    compareKeys(keys, a * KEY_BYTES, keys, b * KEY_BYTES) || byPlace(places[a]!, places[b]!);
  // Nearly always they are one key's, the oldest first.
  let isTurned = true;
  for (let index = start + 1; isTurned && index < end; index++)
    isTurned = compare(order[index - 1]!, order[index]!) >= 0;
  if (!isTurned) return void order.subarray(start, end).sort(compare);
  for (let low = start, high = end - 1; low < high; low++, high--)
    [order[low], order[high]] = [order[high]!, order[low]!];
}
