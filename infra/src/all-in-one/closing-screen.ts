import { join, relative, resolve } from "node:path";
import { CITIZENS } from "../cli/caller.ts";
import { OWN_ACCESSES } from "../demo/scopes.ts";
import { ROOT } from "../federation.ts";
import type { PlatformFile } from "./platform-file.ts";

/** The last lines of a start: where everything is, who may ask, and one command to paste. */
export function closingScreen(options: {
  platform: PlatformFile;
  data: string;
  citizens: number;
  seed: number;
  seconds: number;
}): string {
  const { platform, data, citizens, seed, seconds } = options;
  const width = Math.max(...platform.systems.map(({ id }) => id.length));
  const systems = platform.systems.map(
    ({ id, purposes }) => `  ${id.padEnd(width)}  ${purposes.join(", ") || "(no live grant)"}`,
  );
  return [
    "",
    `Ready in ${seconds.toFixed(1)} s: ${citizens.toLocaleString("en")} synthetic citizens (seed ${seed}), data in ${data}`,
    "",
    `  GraphQL    ${platform.graphql}   (a browser gets GraphiQL there)`,
    `  authority  ${platform.issuer}`,
    `  audit log  ${platform.audit}/checkpoint   (how far it is signed)`,
    `  samples    citizen ${platform.samples.citizen}, parcel ${platform.samples.parcel}, company ${platform.samples.company}`,
    "",
    `Systems and the purposes they may ask for (${["npx truc token --system ID --purpose CODE", ...dataOption(data)].join(" ")}):`,
    ...systems,
    "",
    `People sign in with --person ID (all of them: ${join(data, "platform.json")}):`,
    ...signInLines(platform, data),
    "",
    "Development topology: one process, all keys in one folder. In production every process has its own keys and user.",
    "",
    ...exampleLines(platform, data),
    "",
    "Ctrl-C stops everything; the data stays.",
  ].join("\n");
}

/** Who has looked at the signed-in citizen's data, and at what. */
const ACCESS_LOG =
  "{ me { accessLog(first: 5) { nodes { readAt agencyName purposeText legalBasis read { label fields { label } } } } } }";

/** What a citizen may ask who signs in, as commands, while the system she signs in with has a grant for it. */
function signInLines({ systems, samples }: PlatformFile, data: string): string[] {
  const portal = systems.find(({ id }) => id === CITIZENS.system);
  if (portal?.purposes.includes(CITIZENS.purpose) !== true) return [];
  const words = ["npx truc query --person", samples.citizen, ...dataOption(data)];
  const command = (query: string): string => `  ${[...words, quote(query)].join(" ")}`;
  if (!portal.scopes.includes(OWN_ACCESSES)) return [command("{ me { fullName } }")];
  return [
    command("{ me { fullName } }"),
    "",
    "Who has looked at her data, and why (again after the query below):",
    command(ACCESS_LOG),
  ];
}

function exampleLines(platform: PlatformFile, data: string): string[] {
  const { lacks } = platform.example;
  const paste = "Paste this into a second terminal, in this folder:";
  if (lacks === undefined)
    return [`${paste} one answer out of four databases.`, "", exampleCommand(platform, data)];
  return [
    `The ready-made query over four databases is not answered in full any more. ${lacks}`,
    `${paste} it says who was granted what.`,
    "",
    ["npx truc grants list", ...dataOption(data)].join(" "),
  ];
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
