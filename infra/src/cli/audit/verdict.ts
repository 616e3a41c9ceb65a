import { CommanderError, type Command } from "commander";
import { endWithSentence, strict } from "../sentences.ts";

/** All holds; something was found that does not; or it cannot be said, for lack of what was not given. */
export type Verdict = "holds" | "found" | "unsaid";

/** Exit code when something was found; 0 says that all holds. */
const FOUND = 1;
/** Exit code when nothing can be said, also because of how the command was called. */
const UNSAID = 2;

/** A command whose exit code is a verdict: 0 all holds, 1 something was found, 2 it cannot be said. */
export function judging(command: Command): Command {
  return strict(command).exitOverride((error: CommanderError) =>
    process.exit(error.exitCode === 0 ? 0 : UNSAID),
  );
}

/** Runs what such a command does. Whatever ends it early is no finding. */
export async function verdict(judge: () => Promise<Verdict>): Promise<void> {
  try {
    const said = await judge();
    if (said !== "holds") process.exitCode = said === "found" ? FOUND : UNSAID;
  } catch (error) {
    endWithSentence(error, { what: "The command", code: UNSAID });
  }
}
