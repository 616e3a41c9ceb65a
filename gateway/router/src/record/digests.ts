import { createHmac } from "node:crypto";

/**
 * Digests that stand on record in place of what a caller sent. They are keyed, because what is sent is often one of few:
 * a plain digest of a twelve-digit number is found again by trying them all.
 */
export class Digests {
  readonly #key: Buffer;

  /** @param key 32 bytes, known to the router and to whoever checks its records */
  constructor(key: Buffer) {
    this.#key = key;
  }

  /** HMAC-SHA-256 of a text, base64url. */
  ofText(text: string): string {
    return createHmac("sha256", this.#key).update(text).digest("base64url");
  }

  /** HMAC-SHA-256 of a JSON value with its names sorted, so that equal values have equal digests. */
  ofJson(value: unknown): string {
    return this.ofText(JSON.stringify(sorted(value)));
  }
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
