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

/** Findings in the order in which they were made; what is next to one and like it becomes part of it. */
export class Findings {
  readonly #found: Finding[] = [];
  /** Where the last one of its like stands. */
  readonly #last = new Map<string, number>();
  #more = 0;

  add(finding: Finding): void {
    const { kind, where, text } = finding;
    const like = `${kind}\n${where ?? ""}\n${text}`;
    const index = this.#last.get(like);
    const last = index === undefined ? undefined : this.#found[index];
    if (last !== undefined && areNeighbours(last, finding)) {
      this.#found[index!] = { ...last, to: Math.max(last.to!, finding.to!) };
    } else if (this.#found.length < MOST) {
      this.#last.set(like, this.#found.length);
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

/** @param one alike but for the positions */
function areNeighbours(one: Finding, other: Finding): boolean {
  return (
    one.to !== undefined &&
    other.from !== undefined &&
    other.to !== undefined &&
    other.from >= one.from! &&
    other.from <= one.to + 1
  );
}
