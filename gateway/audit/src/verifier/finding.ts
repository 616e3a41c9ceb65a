/** What a manipulation, or an accident, is called. */
export type FindingKind =
  | "changed"
  | "removed"
  | "inserted"
  | "reordered"
  | "backdated"
  | "forked"
  | "foreign signature"
  | "torn"
  | "unreadable"
  | "missing context";

/** One thing that does not hold. */
export interface Finding {
  readonly kind: FindingKind;
  /** First and last position in the log it is about, both included; absent where it is about no record. */
  readonly from?: number;
  readonly to?: number;
  /** What was found, for people; without the positions. */
  readonly text: string;
  /** The file or folder it was found in. */
  readonly where?: string;
}

/** More than so many are counted only: nobody reads them, and a log of lies must not fill the memory. */
const MOST = 1_000;

/** Findings in the order in which they were made; what is next to the last one and like it becomes part of it. */
export class Findings {
  readonly #found: Finding[] = [];
  #more = 0;

  add(finding: Finding): void {
    const last = this.#found.at(-1);
    if (last !== undefined && areNeighbours(last, finding)) {
      this.#found[this.#found.length - 1] = { ...last, to: Math.max(last.to!, finding.to!) };
    } else if (this.#found.length < MOST) {
      this.#found.push(finding);
    } else {
      this.#more += 1;
    }
  }

  addAll(findings: Iterable<Finding>): void {
    for (const each of findings) this.add(each);
  }

  /** By position; those about no record last. */
  get found(): Finding[] {
    return this.#found.toSorted((one, other) => placeOf(one) - placeOf(other));
  }

  /** How many were counted only. */
  get more(): number {
    return this.#more;
  }

  get isEmpty(): boolean {
    return this.#found.length === 0;
  }
}

function placeOf(finding: Finding): number {
  return finding.from ?? Number.MAX_SAFE_INTEGER;
}

function areNeighbours(one: Finding, other: Finding): boolean {
  return (
    one.kind === other.kind &&
    one.text === other.text &&
    one.where === other.where &&
    one.to !== undefined &&
    other.from !== undefined &&
    other.to !== undefined &&
    other.from >= one.from! &&
    other.from <= one.to + 1
  );
}
