import { setTimeout as pause } from "node:timers/promises";

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

/**
 * Between two steps requests have as much time as the last step took: what came in meanwhile waits for registers and for its
 * record, turn after turn, and would otherwise have all further steps before it.
 */
export async function inTurns<T>(steps: Steps<T>): Promise<T> {
  for (;;) {
    const started = performance.now();
    const step = steps.next();
    if (step.done === true) return step.value;
    await pause(performance.now() - started);
  }
}
