/** What stands for a value of an answer that nobody had to look into: its text is pasted. */
export interface PieceParts {
  /** The value's JSON as the answer has it. */
  readonly text: string;
  /** What its objects cost. */
  readonly cost: number;
  /** How many of its objects belong to somebody if the object around does. */
  readonly objectsAround: number;
  /** How many of them do if the object around does not. */
  readonly objects: number;
  /** Keys of those they belong to, by the name of the entity's type. */
  readonly keys: ReadonlyMap<string, ReadonlySet<string>>;
  /** The value's JSON as the subgraph had it. */
  readonly original: string;
}

/**
 * A value of the merged data, an object or a list, that is text: what the answer holds of it, what that costs, and whose
 * data it is. It stands under a key of an object, and is never changed. Who needs the data after all takes `value()`.
 */
export class Piece implements PieceParts {
  readonly text: string;
  readonly cost: number;
  readonly objectsAround: number;
  readonly objects: number;
  readonly keys: ReadonlyMap<string, ReadonlySet<string>>;
  readonly original: string;

  constructor(parts: PieceParts) {
    this.text = parts.text;
    this.cost = parts.cost;
    this.objectsAround = parts.objectsAround;
    this.objects = parts.objects;
    this.keys = parts.keys;
    this.original = parts.original;
  }

  /** All that the subgraph said, as JSON.parse reads it; a new value each time. */
  value(): unknown {
    return JSON.parse(this.original) as unknown;
  }
}

/** The value itself, or what a piece stands for. */
export function valueOf(value: unknown): unknown {
  return value instanceof Piece ? value.value() : value;
}
