import { seeded } from "../../harness/seeded.ts";

/** Numbers that look random and are the same for the same seed. */
export class Random {
  /** 0 up to 1, without 1. */
  readonly next: () => number;

  constructor(seed: number) {
    this.next = seeded(seed);
  }

  /** A whole number from 0, below a limit. */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  /** As if base64url of so many bytes. */
  text(length: number): string {
    let text = "";
    for (let left = length; left > 0; left -= 5) {
      const bits = this.below(2 ** 30);
      for (let place = 0; place < Math.min(5, left); place++)
        text += ALPHABET[(bits >> (6 * place)) & 63]!;
    }
    return text;
  }
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
