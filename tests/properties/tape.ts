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

/** A tape of the given length out of one seed (mulberry32), for what is not to be shrunk. */
export function tapeOf(seed: number, length: number): Tape {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(state ^ (state >>> 15), state | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return (value ^ (value >>> 14)) >>> 0;
  };
  return new Tape(Array.from({ length }, next));
}
