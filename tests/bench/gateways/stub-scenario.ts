import { mkdtempSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Endings } from "../endings.ts";
import type { BenchPlatform } from "./bench-platform.ts";
import type { Gateway, Helper, Party, Truc } from "./party.ts";
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

interface Stubs {
  /** By register, with path. */
  readonly addresses: Readonly<Record<string, string>>;
  readonly helper: Helper;
}

async function startStubs(delayMs: number, endings: Endings): Promise<Stubs> {
  const folders = Object.fromEntries(registerSchemas().map(({ name, folder }) => [name, folder]));
  const settings = { FOLDERS: JSON.stringify(folders), DELAY_MS: String(delayMs) };
  const { line, pid } = await PeerProcess.start("stub-registers.mjs", settings, endings);
  return {
    addresses: JSON.parse(line) as Record<string, string>,
    helper: { part: "subgraphs", pid },
  };
}

async function startTruc(
  platform: BenchPlatform,
  { addresses, helper }: Stubs,
  endings: Endings,
): Promise<Truc> {
  const truc = await platform.startRouter(addresses, endings);
  return { ...truc, others: [helper, ...truc.others] };
}

/** Truc alone over stub registers that answer at once. */
export async function startTrucOverStubs(platform: BenchPlatform, endings: Endings): Promise<Truc> {
  return await startTruc(platform, await startStubs(0, endings), endings);
}

/** Every gateway over the same stub registers, which are one process. @param delayMs how long a stub holds each answer back */
export async function startOverStubs(
  platform: BenchPlatform,
  delayMs: number,
  endings: Endings,
): Promise<Party[]> {
  const stubs = await startStubs(delayMs, endings);
  const directory = mkdtempSync(join(tmpdir(), "truc-bench-stubs-"));
  endings.add(async () => await rm(directory, { recursive: true }));
  const supergraph = join(directory, "supergraph.graphql");
  writeFileSync(supergraph, supergraphWithoutRules(stubs.addresses));
  const parties: Party[] = [await startTruc(platform, stubs, endings)];
  const usual = {
    ...platform.tokenSettings,
    SUPERGRAPH: supergraph,
    ADDRESSES: JSON.stringify(stubs.addresses),
  };
  for (const { gateway, file, settings } of PEERS) {
    const { pid, line: url } = await PeerProcess.start(file, { ...usual, ...settings }, endings);
    parties.push({ gateway, pid, url, others: [stubs.helper] });
  }
  return parties;
}
