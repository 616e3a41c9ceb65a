import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BenchPlatform } from "./bench-platform.ts";
import type { Gateway, Party } from "./party.ts";
import { PeerProcess } from "./peers.ts";
import { registerSchemas, supergraphWithoutRules } from "./register-schemas.ts";

/** The program of each peer, and what it is told beyond the usual. */
const PEERS: readonly { gateway: Gateway; file: string; settings?: Record<string, string> }[] = [
  { gateway: "apollo-gateway", file: "apollo-gateway.mjs" },
  { gateway: "hive-rust", file: "hive-rust.mjs" },
  { gateway: "mercurius", file: "mercurius.mjs" },
  { gateway: "merge", file: "merge.mjs" },
  { gateway: "merge-batched", file: "merge.mjs", settings: { BATCHED: "1" } },
];

/** The citizens that the stub registers are asked about; they know any. */
export const STUB_CITIZENS = Array.from(
  { length: 10_000 },
  (_, index) => `90117000${String(index).padStart(4, "0")}`,
);

/** Every gateway over the same stub registers, which are one process. @param delayMs how long a stub holds each answer back */
export async function startOverStubs(
  platform: BenchPlatform,
  delayMs: number,
): Promise<{ parties: Party[]; stop(): Promise<void> }> {
  const directory = mkdtempSync(join(tmpdir(), "truc-bench-stubs-"));
  const folders = Object.fromEntries(registerSchemas().map(({ name, folder }) => [name, folder]));
  const stubs = await PeerProcess.start("stub-registers.mjs", {
    FOLDERS: JSON.stringify(folders),
    DELAY_MS: String(delayMs),
  });
  const parties: Party[] = [];
  const stop = async (): Promise<void> => {
    for (const party of parties) await party.stop();
    await stubs.stop();
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    const addresses = JSON.parse(stubs.line) as Record<string, string>;
    const supergraph = join(directory, "supergraph.graphql");
    writeFileSync(supergraph, supergraphWithoutRules(addresses));
    const truc = await platform.startRouter(addresses);
    const work = { part: "subgraphs", pid: stubs.pid } as const;
    parties.push({ ...truc, others: [work, ...truc.others] });
    const usual = { ...platform.tokenSettings, SUPERGRAPH: supergraph, ADDRESSES: stubs.line };
    for (const { gateway, file, settings } of PEERS) {
      const peer = await PeerProcess.start(file, { ...usual, ...settings });
      const end = async (): Promise<void> => await peer.stop();
      parties.push({ gateway, pid: peer.pid, url: peer.line, others: [work], stop: end });
    }
    return { parties, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
