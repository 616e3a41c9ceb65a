import { keyOf, valueAt, type Judged, type Path } from "./monolith.ts";

/** An answer as a client reads it. */
export interface ReadAnswer {
  readonly data?: unknown;
  readonly errors?: readonly {
    readonly path?: Path;
    readonly extensions?: Readonly<Record<string, unknown>>;
  }[];
}

/**
 * What is wrong with an answer; undefined where nothing is. Data must be the same text, fields in the same order.
 * Errors need not be the same list, because GraphQL leaves open which of those that null one place are told; so:
 *
 * - every null that an error explains at the monolith is explained by an error at it or below it;
 * - every error stands at a place that does fail (whether or not a null that bubbled hides it), and says what that
 *   failure says;
 * - apart from those a federation cannot know to be nobody's: of a field that nobody asked for, but that one is
 *   computed of which was;
 * - and of what fell with another field: a null that bubbles in a subgraph takes along what stood beside it, and so
 *   nobody knows that it was there; its error then stands below a null that another one explains;
 * - no place has two errors.
 */
export function difference(
  { data = null, errors = [] }: ReadAnswer,
  judged: Judged,
): string | undefined {
  const given = JSON.stringify(data);
  const wanted = JSON.stringify(judged.data);
  if (given !== wanted) return `data\n  is     ${given}\n  not as ${wanted}`;
  const told = new Set<string>();
  const nulls = new Set<string>();
  for (const { path = [], extensions = {} } of errors) {
    const key = keyOf(path);
    if (told.has(key)) return `two errors at ${key}`;
    told.add(key);
    if (!judged.failing.has(key)) {
      if (!judged.beneath.has(key) && !fellWithAnother(path, judged))
        return `an error at ${key}, where nothing fails`;
      continue;
    }
    nulls.add(keyOf(nullOf(data, path)));
    const code = judged.failing.get(key) ?? "SUBGRAPH_ERROR";
    // What it is computed of may have fallen with another field before it could fail by itself.
    const isUnasked =
      extensions["code"] === "REGISTER_UNAVAILABLE" && fellWithAnother(path, judged);
    if (extensions["code"] !== code && !isUnasked)
      return `the error at ${key} says ${String(extensions["code"])}, not ${code}`;
  }
  const unexplained = judged.errors
    .map((path) => keyOf(nullOf(judged.data, path)))
    .find((place) => !nulls.has(place));
  return unexplained === undefined ? undefined : `no error explains the null at ${unexplained}`;
}

/** Whether a place lies below one that is null because something else fails there. */
function fellWithAnother(path: Path, { data, errors }: Judged): boolean {
  const place = nullOf(data, path);
  const key = keyOf(place);
  return (
    place.length < path.length &&
    errors.some((other) => keyOf(other) !== keyOf(path) && keyOf(nullOf(data, other)) === key)
  );
}

/** The place that an error at a path nulls: itself, or the first null on the way to it. */
function nullOf(data: unknown, path: Path): Path {
  const length = path.findIndex((_, index) => valueAt(data, path.slice(0, index)) === null);
  return length === -1 ? path : path.slice(0, length);
}
