import { LRUCache } from "lru-cache";

/** Different scope claims remembered; a system has one for each purpose, or a few. */
const MAX_CLAIMS = 2_000;

/**
 * The scopes of tokens as sets, one for all tokens whose claim is written alike: thousands of tokens are remembered, and
 * what rights make of a set is remembered by the set.
 */
export class ScopeSets {
  readonly #sets = new LRUCache<string, ReadonlySet<string>>({ max: MAX_CLAIMS });

  /** @param claim `scope` of RFC 8693, section 4.2: names with spaces between; undefined for none */
  of(claim: string | undefined): ReadonlySet<string> {
    const text = claim ?? "";
    let set = this.#sets.get(text);
    if (set === undefined) {
      set = new Set(text.split(" ").filter((scope) => scope !== ""));
      this.#sets.set(text, set);
    }
    return set;
  }
}
