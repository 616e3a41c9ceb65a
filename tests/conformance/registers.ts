import { join } from "node:path";
import type { SubgraphDefinition } from "@truc/service";
import {
  createTestDatabase,
  type DatabaseServer,
  startSubgraph,
  type TestSubgraph,
} from "@truc/service/testing";
import { type Country, type RegisterLoader } from "../../infra/src/country/model.ts";
import { makeCountry } from "../../infra/src/country/country.ts";
import { loadCountry } from "../../infra/src/country/load.ts";
import {
  type FederatedSubgraph,
  isOwnProcess,
  readFederation,
  ROOT,
} from "../../infra/src/federation.ts";

/** A subgraph of federation.yaml with what its folder exports. */
export interface Register extends FederatedSubgraph {
  definition: SubgraphDefinition;
  loader: RegisterLoader;
}

/** Small enough to load in seconds, large enough for a hundred of every entity. */
export const country: Country = makeCountry({ seed: 7, citizens: 1_000 });

/** Every subgraph of federation.yaml that an agency runs, whichever they are. */
export const registers: Register[] = await Promise.all(
  readFederation()
    .filter(isOwnProcess)
    .map(async (entry) => {
      const { subgraph } = await import(join(entry.folder, "src/index.ts"));
      const { loader } = await import(
        join(ROOT, "infra/src/country/registers", `${entry.name}.ts`)
      );
      return { ...entry, definition: subgraph.definition ?? subgraph, loader };
    }),
);

export interface FilledRegister {
  subgraph: TestSubgraph;
  close(): Promise<void>;
}

/** Starts a register on a fresh database of the server and fills in its part of the country. */
export async function startFilled(
  { name, definition, loader }: Register,
  server: DatabaseServer,
): Promise<FilledRegister> {
  const database = await createTestDatabase(server);
  const subgraph = await startSubgraph(definition, database.url);
  await loadCountry({ country, registers: [{ name, url: database.url, loader }] });
  return {
    subgraph,
    async close() {
      await subgraph.stop();
      await database.drop();
    },
  };
}
