import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { StartupError } from "@truc/service";
import { parse } from "yaml";

/** The repository's top folder. */
export const ROOT = fileURLToPath(new URL("../..", import.meta.url));
export const FEDERATION_FILE = join(ROOT, "infra", "federation.yaml");

/** The platform's processes that serve a subgraph among other things. */
const PROCESSES = ["authority", "audit"] as const;
export type PlatformProcess = (typeof PROCESSES)[number];

/** One entry of federation.yaml; what each means is written there. */
export interface FederatedSubgraph {
  name: string;
  title: string;
  /** Absolute. */
  folder: string;
  url: string;
  permit: boolean;
  batching: boolean;
  splicing: boolean;
  /** The platform's process that serves it among other things; absent: it is a process of its own. */
  process?: PlatformProcess;
}

/** Whether a subgraph is a process of its own, with a database of its own: what an agency runs. */
export function isOwnProcess({ process }: FederatedSubgraph): boolean {
  return process === undefined;
}

/**
 * Reads the list of subgraphs, in its order.
 * @throws StartupError naming the entry and what is wrong with it
 */
export function readFederation(file: string = FEDERATION_FILE): FederatedSubgraph[] {
  const refuse = (what: string): never => {
    throw new StartupError(`${file}: ${what}.`);
  };
  const document = parseFile(file, refuse);
  const entries = Object.entries(
    (document as { subgraphs?: Record<string, unknown> } | null)?.subgraphs ?? {},
  );
  if (entries.length === 0) refuse("there is no subgraph under `subgraphs`");
  return entries.map(([name, entry]) => {
    if (!/^[a-z][a-z0-9-]*$/.test(name))
      refuse(`"${name}" is not a subgraph's name (small letters, digits, hyphens)`);
    const { title, folder, url, permit, batching, splicing, process, ...unknown } = (entry ?? {}) as Record<
      string,
      unknown
    >;
    if (typeof title !== "string" || title === "") refuse(`${name} has no title`);
    if (typeof folder !== "string" || folder === "") refuse(`${name} has no folder`);
    if (typeof url !== "string" || !URL.canParse(url)) refuse(`${name} has no URL`);
    if (typeof permit !== "boolean" || typeof batching !== "boolean") {
      refuse(
        `${name} does not say whether it takes permits and batches (permit, batching: true or false)`,
      );
    }
    if (splicing !== undefined && typeof splicing !== "boolean")
      refuse(`${name} does not say whether it answers for splicing (splicing: true or false)`);
    if (process !== undefined && !PROCESSES.includes(process as PlatformProcess))
      refuse(
        `${name} names a process that serves no subgraph (process: ${PROCESSES.join(" or ")}, or nothing)`,
      );
    const [stranger] = Object.keys(unknown);
    if (stranger !== undefined) refuse(`${name} has an unknown setting "${stranger}"`);
    return {
      name,
      title: title as string,
      folder: join(dirname(dirname(file)), folder as string),
      url: url as string,
      permit: permit as boolean,
      batching: batching as boolean,
      splicing: splicing === true,
      ...(process !== undefined && { process: process as PlatformProcess }),
    };
  });
}

/** The operation that says whose records belong to a person; what each part means is written in federation.yaml. */
export interface FederatedSubjectSets {
  subgraph: string;
  operation: string;
  scopes: string[];
  entity: string;
}

/**
 * Reads which operation that is; undefined where the list names none.
 * @throws StartupError naming what is wrong with it
 */
export function readSubjectSets(file: string = FEDERATION_FILE): FederatedSubjectSets | undefined {
  const refuse = (what: string): never => {
    throw new StartupError(`${file}: ${what}.`);
  };
  const document = parseFile(file, refuse) as { subjectSets?: unknown } | null;
  if (document?.subjectSets === undefined || document.subjectSets === null) return undefined;
  const entry = document.subjectSets as Record<string, unknown>;
  const { subgraph, operation, scopes, entity, ...unknown } = entry;
  const [stranger] = Object.keys(unknown);
  if (stranger !== undefined) refuse(`subjectSets has an unknown setting "${stranger}"`);
  if (!readFederation(file).some(({ name }) => name === subgraph))
    refuse("subjectSets names no subgraph of the list");
  if (typeof operation !== "string" || !/\$citizen\b/.test(operation))
    refuse("subjectSets has no operation with a variable $citizen");
  if (!Array.isArray(scopes) || scopes.some((scope) => typeof scope !== "string"))
    refuse("subjectSets does not list its scopes");
  if (typeof entity !== "string" || entity === "")
    refuse("subjectSets does not say whose keys it answers with (entity)");
  return entry as unknown as FederatedSubjectSets;
}

function parseFile(file: string, refuse: (what: string) => never): unknown {
  try {
    return parse(readFileSync(file, "utf8"));
  } catch (error) {
    return refuse(`it cannot be read: ${(error as Error).message.split("\n")[0]}`);
  }
}
