import { valueOf } from "../splice/piece.ts";
import { isMap, type ResultMap } from "./merge.ts";

/** Where in an answer something stands: response keys and list indices. */
export type Path = readonly (string | number)[];

/**
 * The objects a plan's path leads to from the root; `@` steps into every element of a list. Nulls lead nowhere. A piece
 * on the way gives way to its value, which stays there.
 */
export function objectsAt(root: ResultMap, steps: Path): ResultMap[] {
  const found: ResultMap[] = [];
  walk(root, steps, 0, found);
  return found;
}

function walk(value: unknown, steps: Path, index: number, found: ResultMap[]): void {
  if (typeof value !== "object" || value === null) return;
  const step = steps[index];
  if (Array.isArray(value)) {
    const next = step === "@" ? index + 1 : index;
    for (let position = 0; position < value.length; position++) {
      const item: unknown = value[position];
      walk((value[position] = valueOf(item)), steps, next, found);
    }
  } else if (step === undefined) found.push(value as ResultMap);
  else if (step === "@") walk(value, steps, index + 1, found);
  else {
    const map = value as ResultMap;
    const inner = map[step];
    if (typeof inner === "object") walk((map[step] = valueOf(inner)), steps, index + 1, found);
  }
}

/** Where each of these objects stands: worked out only when something has gone wrong with one. */
export function pathsAt(root: ResultMap, steps: Path): ReadonlyMap<ResultMap, Path> {
  const found = new Map<ResultMap, Path>();
  const look = (value: unknown, index: number, path: Path): void => {
    const step = steps[index];
    if (Array.isArray(value)) {
      const next = step === "@" ? index + 1 : index;
      for (const [position, item] of value.entries()) look(item, next, [...path, position]);
    } else if (!isMap(value)) return;
    else if (step === undefined) found.set(value, path);
    else if (step === "@") look(value, index + 1, path);
    else look(value[step], index + 1, [...path, step]);
  };
  look(root, 0, []);
  return found;
}

/** Where these objects stand in an answer; what lies within one of them is not looked at. */
export function placesOf(objects: ReadonlySet<unknown>, data: ResultMap): Path[] {
  const found: Path[] = [];
  const look = (value: unknown, path: Path): void => {
    if (Array.isArray(value)) value.forEach((item, index) => look(item, [...path, index]));
    else if (objects.has(value)) found.push(path);
    else if (isMap(value)) for (const key of Object.keys(value)) look(value[key], [...path, key]);
  };
  look(data, []);
  return found;
}
