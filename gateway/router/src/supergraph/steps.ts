import { setImmediate as nextTurn } from "node:timers/promises";

/**
 * Work that takes longer than a request may wait: it yields where others may come first, and is what it returns. Written
 * once, it is done in one go at start, and in turns with requests later.
 */
export type Steps<T> = Generator<void, T>;

export function allAtOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** Between two steps the event loop goes round once: what came in meanwhile goes first. */
export async function inTurns<T>(steps: Steps<T>): Promise<T> {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    await nextTurn();
  }
}
