import { writeSync } from "node:fs";
import { StartupError } from "../startup-error.ts";
import { tuneHeap } from "./tune-heap.ts";
import { createLog } from "./create-log.ts";
import type { ServiceDefinition } from "./define-service.ts";
import { readSettings } from "./settings.ts";

/** A request that takes longer than this to finish is not waited for. */
const STOP_TIMEOUT_MS = 20_000;

/**
 * Runs one service as this process: settings from the environment, then start, then until SIGINT or SIGTERM, which
 * drain and stop it. Exits with 0 after a clean stop, with 1 when it cannot start (one sentence on standard error) or
 * cannot stop. Used as `if (import.meta.main) await runService(service);`
 */
export async function runService<S>(definition: ServiceDefinition<S>): Promise<void> {
  tuneHeap(definition);
  try {
    const log = createLog({ name: definition.name, level: process.env["LOG_LEVEL"] || "info" });
    const running = await definition.start(readSettings(definition.settings, process.env), { log });
    log.info({ url: running.url }, "ready");
    let stopping = false;
    const stop = (signal: string): void => {
      if (stopping) return;
      stopping = true;
      log.info({ signal }, "stopping");
      const giveUp = setTimeout(
        () => end(1, "Stopping took too long; requests under way were cut off."),
        STOP_TIMEOUT_MS,
      );
      running.stop().then(
        () => {
          clearTimeout(giveUp);
          log.info("stopped");
          process.exit(0);
        },
        (error: unknown) => {
          log.error({ err: error }, "stopping failed");
          process.exit(1);
        },
      );
    };
    process.on("SIGINT", stop);
    process.on("SIGTERM", stop);
  } catch (error) {
    end(
      1,
      error instanceof StartupError
        ? error.message
        : `${definition.name} cannot start: ${sentenceOf(error)}`,
    );
  }
}

function sentenceOf(error: unknown): string {
  return error instanceof Error
    ? process.env["LOG_LEVEL"] === "debug"
      ? (error.stack ?? error.message)
      : error.message
    : String(error);
}

function end(code: number, sentence: string): never {
  writeSync(2, `${sentence}\n`);
  process.exit(code);
}
