import { writeSync } from "node:fs";
import { StartupError } from "@truc/service";
import { CommanderError, type Command } from "commander";
import { endWithSentence, strict } from "../sentences.ts";

/** Exit code when something was found; 0 says that all holds. */
const FOUND = 1;
/** Exit code when nothing could be said, because of how the command was called. */
const NOT_CALLED_SO = 2;

/** A command whose exit code is a verdict: 0 all holds, 1 something was found, 2 it was called wrongly. */
export function judging(command: Command): Command {
  return strict(command).exitOverride((error: CommanderError) =>
    process.exit(error.exitCode === 0 ? 0 : NOT_CALLED_SO),
  );
}

/** Runs what such a command does. @param judge resolves to whether all holds */
export async function verdict(judge: () => Promise<boolean>): Promise<void> {
  try {
    if (!(await judge())) process.exitCode = FOUND;
  } catch (error) {
    if (!(error instanceof StartupError)) endWithSentence(error);
    writeSync(2, `${error.message}\n`);
    process.exit(NOT_CALLED_SO);
  }
}
