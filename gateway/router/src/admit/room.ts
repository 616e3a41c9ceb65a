import { Refusal } from "@truc/contracts";

/** How many requests are on their way through this router. */
export class Room {
  readonly #capacity: number;
  #taken = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** How many are in it. */
  get taken(): number {
    return this.#taken;
  }

  /** @throws Refusal OVERLOADED */
  enter(): void {
    if (this.#taken >= this.#capacity)
      throw new Refusal("OVERLOADED", { headers: { "retry-after": "1" } });
    this.#taken += 1;
  }

  leave(): void {
    this.#taken -= 1;
  }
}
