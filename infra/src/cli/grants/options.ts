import { Command } from "commander";
import type { PlatformFile } from "../../all-in-one/platform-file.ts";
import { firstWith } from "../registry-client.ts";
import { aboutPlatform } from "../running-platform.ts";
import { strict } from "../sentences.ts";

/** The options of every command of `truc grants`. */
export interface GrantsOptions {
  as?: string;
  json?: boolean;
  data: string;
}

/** A command of `truc grants`. @param usual who acts where --as is left out, for the help */
export function grantsCommand(name: string, usual: string): Command {
  return aboutPlatform(strict(new Command(name)))
    .option("--as <person>", `who does it; ${usual} when left out`)
    .option("--json", "prints the grant as JSON");
}

/** Gives a command the option that says why. @param usual what stands in the history when it is left out */
export function withReason(command: Command, usual: string): Command {
  return command.option("--reason <why>", "why: kept in the history", usual);
}

/** Who acts where a command names nobody: the first operator. */
export function operatorOr({ as }: GrantsOptions, platform: PlatformFile): string {
  return as ?? firstWith(platform, "operator");
}
