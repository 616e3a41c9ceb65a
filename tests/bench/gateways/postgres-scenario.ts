import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTestDatabase } from "@truc/service/testing";
import { makeCountry } from "../../../infra/src/country/country.ts";
import { loadCountry } from "../../../infra/src/country/load.ts";
import type { RegisterLoader } from "../../../infra/src/country/model.ts";
import { ROOT } from "../../../infra/src/federation.ts";
import { KillablePostgres } from "../../harness/killable-postgres.ts";
import { ServiceProcess } from "../../harness/service-process.ts";
import type { BenchPlatform } from "./bench-platform.ts";
import type { Party } from "./party.ts";
import { PeerProcess } from "./peers.ts";
import { registerSchemas, supergraphWithoutRules } from "./register-schemas.ts";

const COUNTRY = makeCountry({ seed: 5, citizens: 10_000 });

/** The citizens of the country that the registers hold. */
export function citizensOnRecord(): string[] {
  return [...COUNTRY.blocks()].flatMap(({ people }) => people.map(({ pin }) => pin));
}

/** What runs while the registers do, ended in the opposite order. */
type Ending = () => Promise<unknown>;

/**
 * Truc over its registers, and Apollo Gateway over Apollo Server subgraphs of the same tables: four processes each, one
 * PostgreSQL under both, with the country of {@link citizensOnRecord} in it.
 */
export async function startOverPostgres(
  platform: BenchPlatform,
): Promise<{ parties: Party[]; stop(): Promise<void> }> {
  const endings: Ending[] = [];
  const stop = async (): Promise<void> => {
    for (const end of endings.toReversed()) await end();
  };
  try {
    const directory = mkdtempSync(join(tmpdir(), "truc-bench-registers-"));
    endings.push(async () => await Promise.resolve(rmSync(directory, { recursive: true })));
    const postgres = await KillablePostgres.start();
    endings.push(async () => await postgres.stop());
    const database = { part: "database", pid: postgres.pid } as const;
    const own = await startRegisters(platform, directory, postgres, endings);
    await fill(own.databases);
    const truc = await platform.startRouter(own.addresses);
    endings.push(async () => await truc.stop());
    const peer = await startApollo(platform, directory, own.databases, endings);
    return {
      parties: [
        { ...truc, others: [...own.parts, database, ...truc.others] },
        { ...peer, others: [...peer.others, database] },
      ],
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Registers {
  /** URLs by register. */
  databases: Record<string, string>;
  addresses: Record<string, string>;
  parts: Party["others"];
}

async function startRegisters(
  platform: BenchPlatform,
  directory: string,
  postgres: KillablePostgres,
  endings: Ending[],
): Promise<Registers> {
  const databases: Record<string, string> = {};
  const addresses: Record<string, string> = {};
  const parts: Party["others"][number][] = [];
  for (const { name } of registerSchemas()) {
    const server = { dialect: "postgres", url: postgres.adminUrl } as const;
    databases[name] = (await createTestDatabase(server)).url;
    const journal = join(directory, name);
    mkdirSync(journal);
    const register = new ServiceProcess(`subgraphs/${name}`, {
      PORT: "0",
      DATABASE_URL: databases[name],
      PERMIT_SECRETS: platform.permitsOf(name),
      JOURNAL: journal,
    });
    endings.push(async () => await register.signal("SIGTERM"));
    addresses[name] = `${await register.ready()}/graphql`;
    parts.push({ part: "subgraphs", pid: register.child.pid! });
  }
  return { databases, addresses, parts };
}

async function fill(databases: Readonly<Record<string, string>>): Promise<void> {
  const registers = await Promise.all(
    Object.entries(databases).map(async ([name, url]) => {
      const file = join(ROOT, "infra/src/country/registers", `${name}.ts`);
      const { loader } = (await import(file)) as { loader: RegisterLoader };
      return { name, url, loader };
    }),
  );
  await loadCountry({ country: COUNTRY, registers });
}

async function startApollo(
  platform: BenchPlatform,
  directory: string,
  databases: Readonly<Record<string, string>>,
  endings: Ending[],
): Promise<Party> {
  const addresses: Record<string, string> = {};
  const others: Party["others"][number][] = [];
  for (const { name, folder } of registerSchemas()) {
    const subgraph = await PeerProcess.start("apollo-subgraphs.mjs", {
      REGISTER: name,
      FOLDER: folder,
      DATABASE_URL: databases[name]!,
    });
    endings.push(async () => await subgraph.stop());
    addresses[name] = subgraph.line;
    others.push({ part: "subgraphs", pid: subgraph.pid });
  }
  const supergraph = join(directory, "supergraph.graphql");
  writeFileSync(supergraph, supergraphWithoutRules(addresses));
  const gateway = await PeerProcess.start("apollo-gateway.mjs", {
    ...platform.tokenSettings,
    SUPERGRAPH: supergraph,
  });
  const stop = async (): Promise<void> => await gateway.stop();
  endings.push(stop);
  return { gateway: "apollo-gateway", pid: gateway.pid, url: gateway.line, others, stop };
}
