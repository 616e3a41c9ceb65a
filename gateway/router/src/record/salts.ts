import { randomFillSync } from "node:crypto";
import { PSEUDONYM_BYTES } from "@truc/contracts";

/** Salts made at a time. */
const SALTS = 512;
/** A salt and what fills its last three bytes, so that in base64 every one begins with a character of its own. */
const PLACE_BYTES = Math.ceil(PSEUDONYM_BYTES / 3) * 3;
const PLACE_CHARACTERS = (PLACE_BYTES / 3) * 4;
const SALT_CHARACTERS = Math.ceil((PSEUDONYM_BYTES * 4) / 3);

/** Random salts of records, made many at a time. */
export class Salts {
  readonly #pool = Buffer.alloc(SALTS * PLACE_BYTES);
  #texts = "";
  #next = SALTS;

  /** Base64url, 22 characters. */
  next(): string {
    if (this.#next === SALTS) this.#fill();
    const at = this.#next * PLACE_CHARACTERS;
    this.#next += 1;
    return this.#texts.slice(at, at + SALT_CHARACTERS);
  }

  #fill(): void {
    const pool = this.#pool;
    randomFillSync(pool);
    for (let place = 0; place < pool.length; place += PLACE_BYTES)
      pool.fill(0, place + PSEUDONYM_BYTES, place + PLACE_BYTES);
    this.#texts = pool.toString("base64url");
    this.#next = 0;
  }
}
