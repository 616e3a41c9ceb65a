import { digestOf, Refusal, type MonthKeys } from "@truc/contracts";
import { LRUCache } from "lru-cache";
import type { MonthKeySource } from "./month-keys.ts";

/** Operations whose digest is remembered. */
const MAX_OPERATIONS = 5_000;

/**
 * Digests that stand on record, and in subgraphs' journals, in place of what a caller sent. They are keyed, because what is
 * sent is often one of few: a plain digest of a twelve-digit number is found again by trying them all.
 */
export class Digests {
  readonly #keys: MonthKeySource;
  readonly #operations = new LRUCache<string, string>({ max: MAX_OPERATIONS });

  constructor(keys: MonthKeySource) {
    this.#keys = keys;
  }

  /**
   * Of a text, under the key of the month in which its request arrived.
   * @param arrived milliseconds since the epoch
   * @throws Refusal AUDIT_UNAVAILABLE where there is no key for it: nothing of the request could be put on record
   */
  ofText(text: string, arrived: number): string {
    return digestOf(this.keysOf(arrived), text);
  }

  /**
   * Of an operation's text, which mostly is one of few: made once.
   * @param hash SHA-256 of the text
   * @throws as {@link ofText}
   */
  ofOperation(hash: string, text: string, arrived: number): string {
    const keys = this.keysOf(arrived);
    const known = `${keys.month} ${hash}`;
    let digest = this.#operations.get(known);
    if (digest === undefined) this.#operations.set(known, (digest = digestOf(keys, text)));
    return digest;
  }

  /** Of a JSON value with its names sorted, so that equal values have equal digests. @throws as {@link ofText} */
  ofJson(value: unknown, arrived: number): string {
    return this.ofText(JSON.stringify(isSorted(value) ? value : sorted(value)), arrived);
  }

  /** @throws Refusal AUDIT_UNAVAILABLE */
  keysOf(arrived: number): MonthKeys {
    const keys = this.#keys.of(arrived);
    if (keys === undefined) throw auditUnavailable("no key for the month");
    return keys;
  }
}

/** The refusal of what cannot be put on record. @param cause for the log */
export function auditUnavailable(cause: unknown): Refusal {
  return new Refusal("AUDIT_UNAVAILABLE", { headers: { "retry-after": "5" }, cause });
}

/** Whether all names in it are in order as they are: then no copy is needed. */
function isSorted(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return true;
  if (Array.isArray(value)) return value.every(isSorted);
  let before: string | undefined;
  for (const name of Object.keys(value)) {
    if (before !== undefined && name < before) return false;
    if (!isSorted((value as Record<string, unknown>)[name])) return false;
    before = name;
  }
  return true;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, inner]) => [name, sorted(inner)]),
  );
}
