import { monthKeys, monthOf, type MonthKeys } from "@truc/contracts";

/** Where the keys come from under which records hold pseudonyms and digests. */
export interface MonthKeySource {
  /** The keys of a moment's month; undefined where this process has none. @param time milliseconds since the epoch */
  of(time: number): MonthKeys | undefined;
  close(): Promise<void>;
}

/** Made out of a root key of this process's own: for records in a journal. */
export class LocalMonthKeys implements MonthKeySource {
  readonly #root: Buffer;
  readonly #known = new KeyRing();

  /** @param root 32 bytes */
  constructor(root: Buffer) {
    this.#root = root;
  }

  of(time: number): MonthKeys {
    const known = this.#known.of(time);
    if (known !== undefined) return known;
    const keys = monthKeys(this.#root, monthOf(time));
    this.#known.add(keys);
    return keys;
  }

  async close(): Promise<void> {
    await Promise.resolve();
  }
}

/** Months that are remembered: a request may have arrived in the last one. */
const MAX_MONTHS = 6;

/** Keys by month, found by a moment without spelling its month. */
export class KeyRing {
  #held: readonly { readonly keys: MonthKeys; readonly from: number; readonly until: number }[] =
    [];

  of(time: number): MonthKeys | undefined {
    return this.#held.find(({ from, until }) => from <= time && time < until)?.keys;
  }

  /** The latest month stays in front: it is asked for most. */
  add(keys: MonthKeys): void {
    const [year = 0, month = 0] = keys.month.split("-").map(Number);
    const held = { keys, from: Date.UTC(year, month - 1), until: Date.UTC(year, month) };
    const others = this.#held.filter(({ from }) => from !== held.from);
    this.#held = [...others, held].toSorted((a, b) => b.from - a.from).slice(0, MAX_MONTHS);
  }
}
