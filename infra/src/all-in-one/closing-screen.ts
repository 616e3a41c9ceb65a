import { join, relative, resolve } from "node:path";
import type { PlatformDefinition } from "@truc/authority";
import { ROOT } from "../federation.ts";
import type { PlatformFile } from "./platform-file.ts";

/** The last lines of a start: where everything is, who may ask, and one command to paste. */
export function closingScreen(options: {
  platform: PlatformFile;
  definition: PlatformDefinition;
  data: string;
  citizens: number;
  seed: number;
  seconds: number;
}): string {
  const { platform, definition, data, citizens, seed, seconds } = options;
  const width = Math.max(...definition.systems.map(({ id }) => id.length));
  const systems = definition.systems.map(
    ({ id }) =>
      `  ${id.padEnd(width)}  ${definition.grants
        .filter(({ system }) => system === id)
        .map(({ purpose }) => purpose)
        .join(", ")}`,
  );
  return [
    "",
    `Ready in ${seconds.toFixed(1)} s: ${citizens.toLocaleString("en")} synthetic citizens (seed ${seed}), data in ${data}`,
    "",
    `  GraphQL    ${platform.graphql}   (a browser gets GraphiQL there)`,
    `  authority  ${platform.issuer}`,
    `  samples    citizen ${platform.samples.citizen}, parcel ${platform.samples.parcel}, company ${platform.samples.company}`,
    "",
    `Systems and the purposes they may ask for (${["npx truc token --system ID --purpose CODE", ...dataOption(data)].join(" ")}):`,
    ...systems,
    "",
    `People sign in with --person ID (all of them: ${join(data, "platform.json")}):`,
    `  ${["npx truc query --person", platform.samples.citizen, ...dataOption(data), quote("{ me { fullName } }")].join(" ")}`,
    "",
    "Development topology: one process, all keys in one folder. In production every process has its own keys and user.",
    "",
    "Paste this into a second terminal, in this folder: one answer out of four databases.",
    "",
    exampleCommand(platform, data),
    "",
    "Ctrl-C stops everything; the data stays.",
  ].join("\n");
}

/** The example as a command for a shell in the repository's folder. */
function exampleCommand({ example }: PlatformFile, data: string): string {
  return [
    `npx truc query --system ${example.system} --purpose ${example.purpose}`,
    ...dataOption(data),
    `--variables ${quote(JSON.stringify(example.variables))}`,
    quote(example.query),
  ].join(" ");
}

/** What tells the command line where the data is, unless it is where it looks by itself. */
function dataOption(data: string): string[] {
  if (resolve(ROOT, ".data") === data) return [];
  const folder = relative(ROOT, data);
  return [`--data ${quote(folder.startsWith("..") ? data : folder)}`];
}

function quote(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
