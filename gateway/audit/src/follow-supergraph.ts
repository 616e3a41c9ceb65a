import { readFileSync } from "node:fs";
import { lastChange } from "@truc/service/process";
import type { Logger } from "pino";

const LOOK_EVERY_MS = 1_000;

/**
 * What is read out of a supergraph's file, read again within a second of its change; while it has become wrong, what it
 * held before.
 * @param now for tests: a clock that never goes back, milliseconds
 * @throws Error when it cannot be read to begin with
 */
export function followSupergraph<T>(
  file: string,
  read: (supergraph: string) => T,
  log: Pick<Logger, "error">,
  now: () => number = () => performance.now(),
): () => T {
  let stamp = lastChange(file);
  let held = read(readFileSync(file, "utf8"));
  let looked = now();
  return () => {
    if (now() - looked < LOOK_EVERY_MS) return held;
    looked = now();
    const present = lastChange(file);
    if (present === stamp) return held;
    stamp = present;
    try {
      held = read(readFileSync(file, "utf8"));
    } catch (error) {
      log.error({ reason: (error as Error).message }, "the supergraph cannot be read again");
    }
    return held;
  };
}
