import { writeSync } from "node:fs";
import { StartupError } from "@truc/service";
import { CommanderError, type Command } from "commander";

/**
 * Makes a command refuse what it does not know with one sentence on standard error and exit code 1, as every process
 * of the platform does.
 */
export function strict(command: Command): Command {
  return command
    .allowExcessArguments(false)
    .showSuggestionAfterError(false)
    .configureOutput({ outputError: (text, write) => write(sentence(text)) })
    .exitOverride((error: CommanderError) => process.exit(error.exitCode === 0 ? 0 : 1));
}

function sentence(text: string): string {
  const said = text.replace(/^error: /, "").trim();
  return `${said.charAt(0).toUpperCase()}${said.slice(1)}; --help lists what there is.\n`;
}

/** Ends the process with the one sentence a user can act on, or with what went wrong when nobody foresaw it. */
export function endWithSentence(error: unknown): never {
  const text =
    error instanceof StartupError
      ? error.message
      : error instanceof Error
        ? (error.stack ?? error.message)
        : String(error);
  writeSync(2, `${text}\n`);
  process.exit(1);
}
