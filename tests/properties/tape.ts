import { seeded } from "../harness/seeded.ts";

/**
 * Choices read one after the other off a list of numbers, so that fast-check can shrink whatever is built from them:
 * a shorter list, or smaller numbers, make a simpler thing. After its end every choice is the first.
 */
export class Tape {
  readonly #numbers: readonly number[];
  #at = 0;

  constructor(numbers: readonly number[]) {
    this.#numbers = numbers;
  }

  /** A whole number from 0 to `below` − 1. */
  below(below: number): number {
    const next = this.#numbers[this.#at] ?? 0;
    this.#at += 1;
    return below <= 1 ? 0 : next % below;
  }

  /** True in `percent` of a hundred cases; never after the tape's end. */
  chance(percent: number): boolean {
    return this.below(100) >= 100 - percent;
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)]!;
  }

  /** Whether there is anything left to read. */
  get spent(): boolean {
    return this.#at >= this.#numbers.length;
  }
}

/** A tape of the given length out of one seed, for what is not to be shrunk. */
export function tapeOf(seed: number, length: number): Tape {
  const next = seeded(seed);
  return new Tape(Array.from({ length }, () => next() * 2 ** 32));
}
