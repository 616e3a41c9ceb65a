import { writeSync } from "node:fs";
import { tuneHeap } from "@truc/service/process";
import { readOptions } from "./all-in-one/options.ts";
import { Screen } from "./all-in-one/screen.ts";
import { Stops } from "./all-in-one/stops.ts";
import { endWithSentence } from "./cli/sentences.ts";

tuneHeap();

/** `npm start`: the whole platform on one machine, until Ctrl-C. */
const options = readOptions(process.argv.slice(2));
const screen = new Screen();
const stops = new Stops();

// Files made from here on are their owner's alone.
process.umask(0o077);

/** One Ctrl-C arrives twice under npm: from the terminal, and passed on by npm. */
const SAME_SIGNAL_MS = 500;

let firstSignal: number | undefined;
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    if (firstSignal === undefined) {
      firstSignal = performance.now();
      screen.line("Stopping …");
      void end(0);
      return;
    }
    if (performance.now() - firstSignal < SAME_SIGNAL_MS) return;
    // PostgreSQL ends with this process, and puts itself right on the next start.
    screen.line("Stopped without waiting.");
    process.exit(1);
  });
}

async function end(code: number, sentence?: string): Promise<void> {
  const failures = await stops.all();
  if (sentence !== undefined) writeSync(2, `${sentence}\n`);
  for (const failure of failures)
    writeSync(2, `Stopping: ${failure instanceof Error ? failure.message : String(failure)}\n`);
  process.exit(failures.length > 0 ? 1 : code);
}

try {
  // Only now: a wrong option is told without loading every service first.
  const { run } = await import("./all-in-one/run.ts");
  await run(options, screen, stops, (sentence) => void end(1, sentence));
} catch (error) {
  // While everything is being stopped, a step under way fails for that reason only.
  if (!stops.stopping) {
    await stops.all();
    endWithSentence(error);
  }
}
