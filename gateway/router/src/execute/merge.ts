import { Piece, valueOf } from "../splice/piece.ts";

/** An object of an answer. It has no prototype, so that a key called `__proto__` is a key like any other. */
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
  return isMap(value) ? mergeInto(emptyMap(), value) : value;
}

/**
 * Adds what a subgraph answered to what is known: objects field by field, lists element by element. What is known
 * wins over a null, so that one subgraph's failure cannot take away what another one gave.
 */
export function mergeInto(target: ResultMap, source: ResultMap): ResultMap {
  for (const key of Object.keys(source)) target[key] = merged(target[key], source[key]);
  return target;
}

/**
 * The same with an answer that is the caller's own and has no prototypes: what is not known yet is taken over as it is.
 */
export function takeInto(target: ResultMap, source: ResultMap): void {
  for (const key of Object.keys(source)) {
    const known = target[key];
    target[key] = known === undefined ? source[key] : merged(known, source[key]);
  }
}

function merged(known: unknown, given: unknown): unknown {
  if (known instanceof Piece || (given instanceof Piece && known !== undefined && known !== null))
    return given === null || given === undefined
      ? known
      : merged(adopt(valueOf(known)), valueOf(given));
  if (isMap(known) && isMap(given)) return mergeInto(known, given);
  if (Array.isArray(known) && Array.isArray(given)) {
    return known.length === given.length
      ? known.map((item, index) => merged(item, given[index]))
      : adopt(given);
  }
  return given === null || given === undefined ? (known ?? given ?? null) : adopt(given);
}
