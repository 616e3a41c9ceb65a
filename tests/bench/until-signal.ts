import { setTimeout as pause } from "node:timers/promises";
import { Endings, killDescendants } from "./endings.ts";

/** Patience with what has to end when the work is interrupted; after it, it is killed. */
const ENDING_MS = 20_000;
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Leaves nothing behind: not where the work fails, and not where a signal interrupts it, which ends the process. */
export async function untilSignal<T>(work: (endings: Endings) => Promise<T>): Promise<T> {
  const endings = new Endings();
  let interrupted = false;
  const interrupt = (): void => {
    // One Ctrl-C arrives twice under npm.
    if (interrupted) return;
    interrupted = true;
    console.error("Stopping …");
    void Promise.race([endings.all(), pause(ENDING_MS)])
      .catch((error: unknown) => console.error(error))
      .finally(() => process.exit(130));
  };
  process.on("exit", killDescendants);
  for (const signal of SIGNALS) process.on(signal, interrupt);
  try {
    return await endings.within(work);
  } catch (error) {
    // What was interrupted fails for that reason only.
    if (interrupted) await new Promise<never>(() => {});
    throw error;
  } finally {
    for (const signal of SIGNALS) process.off(signal, interrupt);
  }
}
