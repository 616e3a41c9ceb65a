import { Piece, valueOf } from "../splice/piece.ts";
import type { SelectedKeys } from "./selected-keys.ts";

/** An object of an answer. Where a name of `Object.prototype` can be a key of it, it has no prototype. */
export type ResultMap = Record<string, unknown>;

export function emptyMap(): ResultMap {
  return Object.create(null) as ResultMap;
}

export function isMap(value: unknown): value is ResultMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A copy of a subgraph's JSON value whose objects have no prototype; pieces stay what they are. */
export function adopt(value: unknown): unknown {
  if (value instanceof Piece) return value;
  if (Array.isArray(value)) return value.map(adopt);
  if (!isMap(value)) return value;
  const copy = emptyMap();
  for (const key of Object.keys(value)) copy[key] = adopt(value[key]);
  return copy;
}

/**
 * Adds what a subgraph answered to what is known, by the keys it was asked for: objects field by field, lists element
 * by element. What is known wins over a null, so that one subgraph's failure cannot take away what another one gave;
 * what only this one was asked for is what it says. The answer's objects become part of what is known.
 */
export function mergeSelected(known: ResultMap, given: ResultMap, keys: SelectedKeys): void {
  for (const { key, place, inner } of keys) {
    const value = given[key];
    if (place.givers > 1) {
      if (value !== undefined) known[key] = merged(known[key], value, inner);
    } else if (value !== undefined || known[key] !== undefined) known[key] = value;
  }
}

function merged(before: unknown, after: unknown, keys: SelectedKeys | undefined): unknown {
  if (after === null) return before ?? null;
  if (before === undefined || before === null) return after;
  if (keys === undefined) return mergedWhole(adopt(before), adopt(after));
  const known = valueOf(before);
  const given = valueOf(after);
  if (isMap(known) && isMap(given)) mergeSelected(known, given, keys);
  else if (Array.isArray(known) && Array.isArray(given) && known.length === given.length)
    for (const [index, item] of known.entries()) known[index] = merged(item, given[index], keys);
  else return given;
  return known;
}

/**
 * Adds all that a subgraph answered to what is known.
 * @param given {@link adopt}ed
 */
export function mergeAll(known: ResultMap, given: ResultMap): ResultMap {
  for (const key of Object.keys(given)) known[key] = mergedWhole(known[key], given[key]);
  return known;
}

function mergedWhole(known: unknown, given: unknown): unknown {
  if (given === null || given === undefined) return known ?? given ?? null;
  if (
    known instanceof Piece ||
    (given instanceof Piece && typeof known === "object" && known !== null)
  )
    return mergedWhole(valueOf(known), valueOf(given));
  if (isMap(known) && isMap(given)) return mergeAll(known, given);
  if (Array.isArray(known) && Array.isArray(given) && known.length === given.length)
    return known.map((item, index) => mergedWhole(item, given[index]));
  return given;
}
