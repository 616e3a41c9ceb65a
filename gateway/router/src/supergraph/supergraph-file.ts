import { readFile } from "node:fs/promises";
import { unwatchFile, watchFile } from "node:fs";
import type { Logger } from "pino";
import type { Federation } from "./federation.ts";

const INTERVAL_MS = 250;

/**
 * Follows the supergraph's file: whenever it changes, the router serves the new one; a new one that must not be
 * served is refused with a line in the log, and the present one stays.
 * @returns stops following
 */
export function followSupergraph(path: string, federation: Federation, log: Logger): () => void {
  let refused: string | undefined;
  const read = async (): Promise<void> => {
    try {
      const text = await readFile(path, "utf8");
      if (text === refused) return;
      try {
        federation.replace(text);
        refused = undefined;
      } catch (error) {
        refused = text;
        throw error;
      }
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      log.error(
        { path, reason },
        "the supergraph's file changed, but the present supergraph stays",
      );
    }
  };
  // Asking for the file's state works for every way of replacing it, renaming and network file systems included.
  watchFile(path, { interval: INTERVAL_MS }, () => void read());
  return () => unwatchFile(path);
}
