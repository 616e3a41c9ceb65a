import { randomFillSync } from "node:crypto";
import { PSEUDONYM_BYTES } from "@truc/contracts";

const POOL_BYTES = 256 * PSEUDONYM_BYTES;

/** Random salts of records, made many at a time. */
export class Salts {
  readonly #pool = Buffer.allocUnsafe(POOL_BYTES);
  #used = POOL_BYTES;

  /** Base64url, 22 characters. */
  next(): string {
    if (this.#used === POOL_BYTES) {
      randomFillSync(this.#pool);
      this.#used = 0;
    }
    this.#used += PSEUDONYM_BYTES;
    return this.#pool.toString("base64url", this.#used - PSEUDONYM_BYTES, this.#used);
  }
}
