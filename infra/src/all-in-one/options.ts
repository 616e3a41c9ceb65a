import { resolve } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { strict } from "../cli/sentences.ts";

/** The ports beside the router's own, by distance from it; the subgraphs follow one another from SUBGRAPHS on. */
export const PORT_OFFSET = {
  router: 0,
  authority: 1,
  audit: 2,
  postgres: 8,
  subgraphs: 11,
} as const;
const LAST_OFFSET = 40;

export interface StartOptions {
  citizens: number;
  seed: number;
  /** Whether the user said so, or the default stands. */
  asked: { citizens: boolean; seed: boolean };
  /** Absolute path of the data folder. */
  data: string;
  /** The router's port. */
  port: number;
}

/** Reads the command line of `npm start -- …`; a wrong option ends the process with one sentence. */
export function readOptions(argv: readonly string[]): StartOptions {
  const command = strict(new Command("npm start --"))
    .description(
      "Starts the whole platform on this machine: databases, authority, audit, subgraphs and router.",
    )
    .option(
      "--citizens <n>",
      "how many people the synthetic country has",
      wholeNumber(100, 1_000_000),
      10_000,
    )
    .option(
      "--seed <s>",
      "which country: the same seed and size give the same one",
      wholeNumber(0, 2 ** 31 - 1),
      1,
    )
    .option("--data <dir>", "the folder that keeps everything", folderPath, ".data")
    .option(
      "--port <p>",
      "the router's port; its neighbours follow",
      wholeNumber(1, 65_535 - LAST_OFFSET),
      4000,
    )
    .parse(argv, { from: "user" });
  const { citizens, seed, data, port } = command.opts<{
    citizens: number;
    seed: number;
    data: string;
    port: number;
  }>();
  const isAsked = (name: string) => command.getOptionValueSource(name) === "cli";
  return {
    citizens,
    seed,
    asked: { citizens: isAsked("citizens"), seed: isAsked("seed") },
    data: resolve(data),
    port,
  };
}

function folderPath(text: string): string {
  if (text.trim() !== "") return text;
  throw new InvalidArgumentError("It must name a folder.");
}

function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
  };
}
