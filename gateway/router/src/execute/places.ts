import { Piece } from "../splice/piece.ts";
import { adopt, isMap, type ResultMap } from "./merge.ts";

/** Where in an answer something stands: response keys and list indices. */
export type Path = readonly (string | number)[];

/** One object of the answer so far, with where it stands. */
export interface Place {
  readonly path: Path;
  readonly map: ResultMap;
}

/** The objects a plan's path leads to from here; `@` steps into every element of a list. Nulls lead nowhere. */
export function placesAt(from: readonly Place[], steps: readonly (string | number)[]): Place[] {
  return from.flatMap(({ path, map }) => walk(map, steps, 0, path));
}

function walk(
  value: unknown,
  steps: readonly (string | number)[],
  index: number,
  path: Path,
): Place[] {
  if (value === null || value === undefined) return [];
  if (Array.isArray(value)) {
    const next = steps[index] === "@" ? index + 1 : index;
    return value.flatMap((item, position) => walk(item, steps, next, [...path, position]));
  }
  if (!isMap(value)) return [];
  const step = steps[index];
  if (step === undefined) return [{ path, map: value }];
  if (step === "@") return walk(value, steps, index + 1, path);
  // What others have to do with is no text any more.
  const next = value[step];
  if (next instanceof Piece) value[step] = adopt(next.value());
  return walk(value[step], steps, index + 1, [...path, step]);
}

/** Where these objects stand in an answer; what lies within one of them is not looked at. */
export function placesOf(objects: ReadonlySet<unknown>, data: ResultMap): Path[] {
  const found: Path[] = [];
  const look = (value: unknown, path: Path): void => {
    if (Array.isArray(value)) value.forEach((item, index) => look(item, [...path, index]));
    else if (objects.has(value)) found.push(path);
    else if (isMap(value) && !(value instanceof Piece)) for (const key of Object.keys(value)) look(value[key], [...path, key]);
  };
  look(data, []);
  return found;
}
