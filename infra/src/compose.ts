import { randomUUID } from "node:crypto";
import { open, readFile, rename, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { StartupError } from "@truc/service";
import { Command } from "commander";
import { compose, CompositionRefused, type SubgraphSource } from "./compose/compose-subgraphs.ts";
import { endWithSentence, strict } from "./cli/sentences.ts";
import { FEDERATION_FILE, readFederation, ROOT, type FederatedSubgraph } from "./federation.ts";

/** Reads each subgraph's schema.graphql; `urlOf` overrides the URLs of federation.yaml. */
export async function readSchemas(
  subgraphs: readonly FederatedSubgraph[],
  urlOf: (subgraph: FederatedSubgraph) => string = ({ url }) => url,
): Promise<SubgraphSource[]> {
  return await Promise.all(
    subgraphs.map(async (subgraph) => {
      const file = join(subgraph.folder, "schema.graphql");
      const schema = await readFile(file, "utf8").catch((error: Error) => {
        throw new StartupError(`The schema of ${subgraph.name} cannot be read: ${error.message}.`, {
          cause: error,
        });
      });
      return { name: subgraph.name, url: urlOf(subgraph), schema };
    }),
  );
}

/** Puts the text in place whole or not at all: a router that watches the file never reads half of it. */
export async function writeSupergraph(file: string, text: string): Promise<void> {
  const growing = `${file}.${randomUUID()}`;
  try {
    const handle = await open(growing, "wx", 0o644);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(growing, file);
  } catch (error) {
    await rm(growing, { force: true });
    throw new StartupError(`${file} cannot be written: ${(error as Error).message}.`, {
      cause: error,
    });
  }
}

async function main(): Promise<void> {
  const command = strict(new Command("npm run compose --"))
    .description(
      "Composes the schemas of the subgraphs in infra/federation.yaml into the supergraph.",
    )
    .option("--output <file>", "where to write it", join(ROOT, "infra", "supergraph.graphql"))
    .option("--federation <file>", "the list of subgraphs", FEDERATION_FILE)
    .parse();
  const { output, federation } = command.opts<{ output: string; federation: string }>();
  const subgraphs = await readSchemas(readFederation(resolve(federation)));
  await writeSupergraph(resolve(output), compose(subgraphs));
  console.log(`${resolve(output)}: ${subgraphs.map(({ name }) => name).join(", ")}`);
}

if (import.meta.main) {
  await main().catch((error: unknown) => {
    if (!(error instanceof CompositionRefused)) return endWithSentence(error);
    for (const problem of error.problems) console.error(problem);
    process.exit(1);
  });
}
