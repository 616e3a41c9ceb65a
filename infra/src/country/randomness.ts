/**
 * A repeatable source of randomness (sfc32). Each thing that must be computable by itself has its own stream, named
 * by the parts it depends on: the same parts give the same numbers in every process.
 */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(...parts: readonly (number | string)[]) {
    let hash = 0x811c9dc5;
    for (const character of parts.join("/"))
      hash = Math.imul(hash ^ character.codePointAt(0)!, 0x01000193);
    this.#a = hash | 0;
    this.#b = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b) | 0;
    this.#c = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35) | 0;
    for (let round = 0; round < 12; round++) this.next();
  }

  /** A number from 0 up to, not including, 1. */
  next(): number {
    const t = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + t) | 0;
    return (t >>> 0) / 0x1_0000_0000;
  }

  /** A whole number from `low` to `high`, both included; `low` where the range is empty. */
  between(low: number, high: number): number {
    return high <= low ? low : low + Math.floor(this.next() * (high - low + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.next() * from.length)]!;
  }

  /** One of the entries, as often as its weight says. */
  weighted<T>(entries: readonly (readonly [T, number])[]): T {
    let total = 0;
    for (const [, weight] of entries) total += weight;
    let left = this.next() * total;
    for (const [value, weight] of entries) {
      left -= weight;
      if (left < 0) return value;
    }
    return entries.at(-1)![0];
  }

  /** A new array in random order (Fisher-Yates). */
  shuffled<T>(from: readonly T[]): T[] {
    const all = [...from];
    for (let last = all.length - 1; last > 0; last--) {
      const other = this.between(0, last);
      [all[last], all[other]] = [all[other]!, all[last]!];
    }
    return all;
  }
}
