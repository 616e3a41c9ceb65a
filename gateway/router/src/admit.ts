import { Refusal } from "@truc/contracts";
import type { Branded } from "./brand.ts";
import type { Permit } from "./authorize.ts";

/** That there is room for this request now. */
export type Budget = Branded<{ readonly permit: Permit }, "Budget">;

/** How many requests are on their way through this router. */
export class Room {
  readonly #capacity: number;
  #taken = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
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

/**
 * Lets a permitted request in while there is room, and runs it. Refusing the excess at once keeps the others quick
 * and memory bounded.
 * @throws Refusal OVERLOADED, or whatever `run` throws
 */
export async function admit<T>(
  permit: Permit,
  { room }: { room: Room },
  run: (budget: Budget) => Promise<T>,
): Promise<T> {
  room.enter();
  try {
    return await run({ permit } as unknown as Budget);
  } finally {
    room.leave();
  }
}
