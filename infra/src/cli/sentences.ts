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
  const said = text
    .replace(/^error: /, "")
    .trim()
    .replace(/\.$/, "");
  return `${said.charAt(0).toUpperCase()}${said.slice(1)}; --help lists what there is.\n`;
}

/**
 * Ends the process with the one sentence a user can act on. What nobody foresaw is told by its first line; LOG_LEVEL=debug
 * shows where it came from.
 * @param options.what what failed, as a sentence begins: "The start" when left out
 * @param options.code the exit code; 1 when left out
 */
export function endWithSentence(
  error: unknown,
  { what = "The start", code = 1 }: { what?: string; code?: number } = {},
): never {
  writeSync(2, `${sentenceOf(error, what)}\n`);
  process.exit(code);
}

/** PostgreSQL's disk_full, and the system's own. */
const DISK_FULL = new Set(["53100", "ENOSPC"]);

function sentenceOf(error: unknown, what: string): string {
  if (error instanceof StartupError) return error.message;
  if (!(error instanceof Error)) return String(error);
  if (process.env["LOG_LEVEL"] === "debug") return error.stack ?? error.message;
  if (DISK_FULL.has(String((error as { code?: unknown }).code))) {
    return "The disk is full: make room and start again, it goes on where it stopped.";
  }
  return `${what} failed: ${error.message.split("\n")[0]} (LOG_LEVEL=debug shows where).`;
}
