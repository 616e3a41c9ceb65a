/** One answer as JSON.parse reads it. */
export interface ReadAnswer {
  data?: unknown;
  errors?: readonly {
    message: string;
    path?: readonly (string | number)[];
    extensions?: Record<string, unknown>;
  }[];
}

/**
 * What tells two answers of the same operation apart beyond what the specification leaves open; undefined where nothing
 * does. It leaves open the order of errors, and which of several errors below a null that more than one of them causes
 * are told of (section 6.4.4): there, at least one must be.
 */
export function difference(one: ReadAnswer, other: ReadAnswer): string | undefined {
  const [data, otherData] = [one, other].map((answer) => JSON.stringify(answer.data));
  if (data !== otherData) return `data:\n${data}\n${otherData}`;
  const [errors, otherErrors] = [one, other].map((answer) => errorsByNull(answer));
  for (const place of new Set([...errors!.keys(), ...otherErrors!.keys()])) {
    const here = errors!.get(place) ?? [];
    const there = otherErrors!.get(place) ?? [];
    const decided = here.every(({ below }) => !below) && there.every(({ below }) => !below);
    const texts = [here, there].map((list) =>
      list
        .map(({ text }) => text)
        .toSorted()
        .join("\n"),
    );
    if (decided ? texts[0] !== texts[1] : here.length === 0 || there.length === 0)
      return `errors at ${place}:\n${texts[0]}\n${texts[1]}`;
  }
  return undefined;
}

interface PlacedError {
  text: string;
  /** Whether null stands above the place that failed. */
  below: boolean;
}

/** Errors by the place where null stands for them. */
function errorsByNull({ data, errors = [] }: ReadAnswer): Map<string, PlacedError[]> {
  const byPlace = new Map<string, PlacedError[]>();
  for (const { message, path = [], extensions } of errors) {
    let depth = 0;
    let value = data;
    while (depth < path.length && value !== null && value !== undefined)
      value = (value as Record<string | number, unknown>)[path[depth++]!];
    const place = JSON.stringify(path.slice(0, depth));
    const text = JSON.stringify([message, path, extensions]);
    const here = byPlace.get(place) ?? [];
    byPlace.set(place, [...here, { text, below: depth < path.length }]);
  }
  return byPlace;
}
