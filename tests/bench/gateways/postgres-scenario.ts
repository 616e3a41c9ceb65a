import { mkdtempSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Endings } from "../endings.ts";
import type { BenchPlatform } from "./bench-platform.ts";
import type { Helper, Party } from "./party.ts";
import { PeerProcess } from "./peers.ts";
import { registerSchemas, supergraphWithoutRules } from "./register-schemas.ts";
import { startTrucOverPostgres, type Databases } from "./registers.ts";

/**
 * Truc over its registers, and Apollo Gateway over Apollo Server subgraphs of the same tables: four processes each, one
 * PostgreSQL under both.
 */
export async function startOverPostgres(
  platform: BenchPlatform,
  endings: Endings,
): Promise<Party[]> {
  const { truc, database, databases } = await startTrucOverPostgres(platform, endings);
  const peer = await startApollo(platform, databases, endings);
  return [truc, { ...peer, others: [...peer.others, database] }];
}

async function startApollo(
  platform: BenchPlatform,
  databases: Databases,
  endings: Endings,
): Promise<Party> {
  const addresses: Record<string, string> = {};
  const others: Helper[] = [];
  for (const { name, folder } of registerSchemas()) {
    const settings = { REGISTER: name, FOLDER: folder, DATABASE_URL: databases[name]! };
    const subgraph = await PeerProcess.start("apollo-subgraphs.mjs", settings, endings);
    addresses[name] = subgraph.line;
    others.push({ part: "subgraphs", pid: subgraph.pid });
  }
  const directory = mkdtempSync(join(tmpdir(), "truc-bench-apollo-"));
  endings.add(async () => await rm(directory, { recursive: true }));
  const supergraph = join(directory, "supergraph.graphql");
  writeFileSync(supergraph, supergraphWithoutRules(addresses));
  const settings = { ...platform.tokenSettings, SUPERGRAPH: supergraph };
  const { pid, line: url } = await PeerProcess.start("apollo-gateway.mjs", settings, endings);
  return { gateway: "apollo-gateway", pid, url, others };
}
