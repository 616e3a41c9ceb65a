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
 * Names of interfaces. To a subgraph that has one as an object type (`@interfaceObject`), every object of it is of that
 * name; which type it really is of, another subgraph says, before or after.
 */
export type StandIns = ReadonlySet<string>;

/**
 * Adds what a subgraph answered to what is known, by the keys it was asked for: objects field by field, lists element
 * by element. What is known wins over a null, so that one subgraph's failure cannot take away what another one gave;
 * what only this one was asked for is what it says. The answer's objects become part of what is known.
 */
export function mergeSelected(
  known: ResultMap,
  given: ResultMap,
  keys: SelectedKeys,
  standIns: StandIns,
): void {
  for (const { key, place, inner } of keys) {
    const value = given[key];
    if (place.givers > 1) {
      if (value !== undefined && !(key === "__typename" && isWorse(value, known[key], standIns)))
        known[key] = merged(known[key], value, inner, standIns);
    } else if (value !== undefined || known[key] !== undefined) known[key] = value;
  }
}

/** Whether a name says less of an object's type than the one that is known. */
function isWorse(name: unknown, known: unknown, standIns: StandIns): boolean {
  return (
    typeof name === "string" &&
    standIns.has(name) &&
    typeof known === "string" &&
    !standIns.has(known)
  );
}

function merged(
  before: unknown,
  after: unknown,
  keys: SelectedKeys | undefined,
  standIns: StandIns,
): unknown {
  if (after === null) return before ?? null;
  if (before === undefined || before === null) return after;
  if (keys === undefined) return mergedWhole(adopt(before), adopt(after), standIns);
  const known = valueOf(before);
  const given = valueOf(after);
  if (isMap(known) && isMap(given)) mergeSelected(known, given, keys, standIns);
  else if (Array.isArray(known) && Array.isArray(given) && known.length === given.length)
    for (const [index, item] of known.entries())
      known[index] = merged(item, given[index], keys, standIns);
  else return given;
  return known;
}

/**
 * Adds all that a subgraph answered to what is known.
 * @param given {@link adopt}ed
 */
export function mergeAll(known: ResultMap, given: ResultMap, standIns: StandIns): ResultMap {
  for (const key of Object.keys(given))
    if (key !== "__typename" || !isWorse(given[key], known[key], standIns))
      known[key] = mergedWhole(known[key], given[key], standIns);
  return known;
}

function mergedWhole(known: unknown, given: unknown, standIns: StandIns): unknown {
  if (given === null || given === undefined) return known ?? given ?? null;
  if (
    known instanceof Piece ||
    (given instanceof Piece && typeof known === "object" && known !== null)
  )
    return mergedWhole(valueOf(known), valueOf(given), standIns);
  if (isMap(known) && isMap(given)) return mergeAll(known, given, standIns);
  if (Array.isArray(known) && Array.isArray(given) && known.length === given.length)
    return known.map((item, index) => mergedWhole(item, given[index], standIns));
  return given;
}
