import { monthKeys, type MonthKeys, monthOf, pseudonymOf } from "@truc/contracts";
import { LRUCache } from "lru-cache";

/** Keys of so many months are kept: those of a hundred years. */
const MAX_MONTHS = 1_200;

/** Works out under which pseudonyms somebody stands in the log. */
export class Pseudonyms {
  readonly #root: Uint8Array;
  readonly #keys = new LRUCache<string, MonthKeys>({ max: MAX_MONTHS });

  /** @param root the audit process's root key, 32 bytes */
  constructor(root: Uint8Array) {
    this.#root = root;
  }

  /**
   * One pseudonym for each month.
   * @param first yyyy-mm @param last the same, not before it
   * @param key the entity's key: a PIN, for citizens
   */
  of(
    type: string,
    key: string,
    { first, last }: { first: string; last: string },
  ): { month: string; pseudonym: string }[] {
    const found: { month: string; pseudonym: string }[] = [];
    for (let month = first; month <= last; month = monthAfter(month))
      found.push({ month, pseudonym: pseudonymOf(this.#keysOf(month), type, key) });
    return found;
  }

  #keysOf(month: string): MonthKeys {
    let keys = this.#keys.get(month);
    if (keys === undefined) this.#keys.set(month, (keys = monthKeys(this.#root, month)));
    return keys;
  }
}

/** The month that follows one. @param month yyyy-mm */
export function monthAfter(month: string): string {
  const [year = 0, number = 0] = month.split("-").map(Number);
  return monthOf(Date.UTC(year, number, 1));
}
