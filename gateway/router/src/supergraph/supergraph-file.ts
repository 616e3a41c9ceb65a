import { readFile, stat } from "node:fs/promises";
import type { Logger } from "pino";
import type { Federation } from "./federation.ts";

const INTERVAL_MS = 250;
/** The state of a file that is not there. */
const ABSENT = "absent";

/**
 * Follows the supergraph's file: whenever it changes, the router serves the new one; a new one that must not be
 * served is refused with a line in the log, and the present one stays. One that cannot be read is tried again until it
 * can. The file's state is asked for four times a second, which works for every way of replacing it, renaming and network
 * file systems included.
 * @returns stops following
 */
export function followSupergraph(path: string, federation: Federation, log: Logger): () => void {
  // The first look always reads, because the file may have changed since the router read it to start.
  let seen = "";
  let looking = false;
  let isUnreadable = false;
  const refuse = (error: unknown): void => {
    const reason = error instanceof Error ? error.message : String(error);
    log.error({ path, reason }, "the supergraph's file is refused; the present supergraph stays");
  };
  const look = async (): Promise<void> => {
    const state = await stateOf(path);
    if (state === seen) return;
    // Taken before the text, so that a change in between is seen by the next look.
    seen = state;
    const text = await readFile(path, "utf8").catch((error: unknown) => {
      if (!isUnreadable) refuse(error);
      isUnreadable = true;
    });
    if (text === undefined) {
      // That it can be read again need not show in its state; one that is absent shows when it comes.
      if (state !== ABSENT) seen = "";
      return;
    }
    isUnreadable = false;
    await federation.replace(text).catch(refuse);
  };
  const timer = setInterval(() => {
    if (looking) return;
    looking = true;
    void look().finally(() => (looking = false));
  }, INTERVAL_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/** What changes whenever the file does; the same text for a file that is not there. */
async function stateOf(path: string): Promise<string> {
  return await stat(path).then(
    ({ ino, size, mtimeMs }) => `${ino} ${size} ${mtimeMs}`,
    () => ABSENT,
  );
}
