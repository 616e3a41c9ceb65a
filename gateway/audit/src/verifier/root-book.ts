import type { Findings } from "./finding.ts";
import { isSame } from "./proofs.ts";

interface Root {
  size: number;
  root: Uint8Array;
}

/**
 * Holds the roots that the log signed against those that the records make, by ascending size. A signed root that the
 * records do not make, followed by one that they do, was signed for another tree: the log forked. Where none follows,
 * the records are not those that were signed.
 */
export class RootBook {
  readonly #findings: Findings;
  /** The largest size up to which the records are as signed. */
  #held: Root | { size: number; root: undefined };
  /** The one before it. */
  #before: number;
  #wrong: Root[] = [];
  #wrongCount = 0;
  #largest: number;
  #areCompared = true;
  /** How many signed roots were as they should be. */
  good = 0;

  /** @param from the segment's beginning, whose own root is not held against anything here */
  constructor(from: number, findings: Findings) {
    this.#held = { size: from, root: undefined };
    this.#before = from;
    this.#largest = from;
    this.#findings = findings;
  }

  hold(size: number, signed: Uint8Array, own: Uint8Array): void {
    if (!this.#areCompared) return;
    this.#largest = size;
    if (isSame(signed, own)) {
      this.good += 1;
      for (const each of this.#wrong) this.#forked(each.size);
      if (this.#wrongCount > this.#wrong.length) this.#forked(size, this.#wrongCount);
      this.#forget();
      if (this.#held.size < size) this.#before = this.#held.size;
      this.#held = { size, root: own };
    } else if (this.#held.size === size && this.#held.root !== undefined) {
      this.#forked(size);
    } else if (this.#wrong.some((each) => each.size === size && !isSame(each.root, signed))) {
      this.#forked(size);
    } else {
      this.#wrongCount += 1;
      if (this.#wrong.length < 100) this.#wrong.push({ size, root: signed });
    }
  }

  /** From here on the records cannot be put where they stood: roots say nothing any more. */
  lose(): void {
    this.#areCompared = false;
  }

  /** @param end the position after the last record @param mayBeForeign a checkpoint was not signed with the key */
  close(end: number, mayBeForeign: boolean): void {
    const [first] = this.#wrong;
    if (first !== undefined) {
      const from = this.#held.size;
      const later = this.#wrongCount === 1 ? "" : ` and ${this.#wrongCount - 1} later ones`;
      const text = `not what was signed: the tree of the checkpoint of size ${first.size}${later} has another root`;
      this.#findings.add({ kind: "changed", from, to: Math.max(from, first.size - 1), text });
      this.#forget();
    }
    if (!this.#areCompared || this.#largest >= end) return;
    this.#findings.add({
      kind: mayBeForeign ? "foreign signature" : "inserted",
      from: this.#largest,
      to: end - 1,
      text: "no checkpoint that was signed with the key covers them",
    });
  }

  #forked(size: number, count = 1): void {
    const text =
      count === 1
        ? `two trees of size ${size} were signed with the key`
        : `${count} other trees up to size ${size} were signed with the key`;
    const at = Math.max(0, size - 1);
    const from = this.#held.size < size ? this.#held.size : this.#before;
    this.#findings.add({ kind: "forked", from: Math.min(from, at), to: at, text });
  }

  #forget(): void {
    this.#wrong = [];
    this.#wrongCount = 0;
  }
}
