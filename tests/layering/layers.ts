import { dirname, join, normalize } from "node:path";

/** From the bottom to the top; the rooms of one storey are siblings and meet only over the network. */
const STOREYS: readonly (readonly RegExp[])[] = [
  [/^shared\/contracts$/],
  [/^shared\/service$/],
  [/^gateway\/[a-z-]+$/, /^subgraphs\/[a-z-]+$/],
  [/^infra$/],
  [/^tests$/],
];

/** The workspace a file lies in: `gateway/router`, `infra` …; undefined for the repository's own top-level files. */
export function workspaceOf(file: string): string | undefined {
  const [first, second] = file.split("/");
  const name = first === "infra" || first === "tests" ? first : `${first}/${second}`;
  return storeyOf(name) === -1 ? undefined : name;
}

function storeyOf(workspace: string): number {
  return STOREYS.findIndex((patterns) => patterns.some((pattern) => pattern.test(workspace)));
}

/**
 * Why an import is not allowed: it goes up or sideways, or reaches past a workspace's entrance.
 * @param file relative to the repository
 * @param names npm names of the workspaces → their folders
 */
export function faultOf(
  file: string,
  specifier: string,
  names: ReadonlyMap<string, string>,
): string | undefined {
  const from = workspaceOf(file);
  if (from === undefined) return undefined;
  const isRelative = specifier.startsWith(".");
  const to = isRelative
    ? workspaceOf(normalize(join(dirname(file), specifier)))
    : named(specifier, names);
  if (to === undefined || to === from) return undefined;
  if (storeyOf(to) >= storeyOf(from))
    return `${file} imports ${specifier}: ${from} must not know ${to}`;
  // Tests look behind entrances on purpose; infra and everything below go through them.
  if (isRelative && from !== "tests") return `${file} imports ${specifier}: use the package's name`;
  return undefined;
}

function named(specifier: string, names: ReadonlyMap<string, string>): string | undefined {
  return names.get(specifier.split("/").slice(0, 2).join("/"));
}

/** What a source file imports, statically or by a literal dynamic import. */
export function importsIn(source: string): string[] {
  const found = source.matchAll(/\b(?:from|import|require)\s*\(?\s*(["'])([^"'\n]+)\1/g);
  return [...found].map((match) => match[2]!);
}
