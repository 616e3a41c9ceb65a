import { textOf } from "./octets.ts";

/** What stands for a value of an answer that nobody had to look into: its text is pasted. */
export interface PieceParts {
  /** The value's JSON as the answer has it, an octet text. */
  readonly text: string;
  /** What its objects cost. */
  readonly cost: number;
  /** How many of its objects belong to somebody if the object around does. */
  readonly objectsAround: number;
  /** How many of them do if the object around does not. */
  readonly objects: number;
  /** Whom they belong to: the name of an entity's type and its key in turn; some may stand there more than once. */
  readonly owners: readonly string[];
  /** The value's JSON as the subgraph had it, an octet text. */
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
  readonly owners: readonly string[];
  readonly original: string;

  constructor(parts: PieceParts) {
    this.text = parts.text;
    this.cost = parts.cost;
    this.objectsAround = parts.objectsAround;
    this.objects = parts.objects;
    this.owners = parts.owners;
    this.original = parts.original;
  }

  /** Keys of those its objects belong to, by the name of the entity's type. */
  get keys(): ReadonlyMap<string, ReadonlySet<string>> {
    const keys = new Map<string, Set<string>>();
    this.addKeys(keys);
    return keys;
  }

  addKeys(byType: Map<string, Set<string>>): void {
    const { owners } = this;
    for (let index = 0; index < owners.length; index += 2) {
      const keys = byType.get(owners[index]!);
      if (keys === undefined) byType.set(owners[index]!, new Set([owners[index + 1]!]));
      else keys.add(owners[index + 1]!);
    }
  }

  /** All that the subgraph said, in objects without a prototype; a new value each time. */
  value(): unknown {
    return bare(JSON.parse(textOf(this.original)));
  }
}

function bare(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(bare);
  if (typeof value !== "object" || value === null) return value;
  const copy = Object.create(null) as Record<string, unknown>;
  for (const [key, inner] of Object.entries(value)) copy[key] = bare(inner);
  return copy;
}

/** The value itself, or what a piece stands for. */
export function valueOf(value: unknown): unknown {
  return value instanceof Piece ? value.value() : value;
}
