import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import { join } from "node:path";
import { ROOT } from "../../../infra/src/federation.ts";
import type { BarRow } from "../bar-row.ts";
import { chartOf } from "./chart.ts";
import type { GatewayRow } from "./gateway-row.ts";
import { versionOfPeer } from "./peers.ts";

/** Results for the record are part of the repository; a look's are not. */
const FOLDERS = {
  record: join(ROOT, "infra/docs/benchmarks"),
  quick: join(ROOT, ".cache/benchmarks"),
} as const;

const PACKAGES = [
  "@apollo/gateway",
  "@apollo/server",
  "@apollo/subgraph",
  "@graphql-hive/gateway-runtime",
  "@graphql-hive/router-runtime",
  "mercurius",
  "@mercuriusjs/gateway",
  "graphql",
  "graphql-jit",
  "undici",
];

export function printTables(rows: readonly GatewayRow[]): void {
  console.log("µs: CPU a request, medians of rounds; all: with subgraphs, audit and databases");
  console.table(
    Object.fromEntries(
      rows.map((row) => [
        nameOf(row),
        {
          µs: row.cpuMicrosPerRequest,
          from: row.spread.cpuMicrosPerRequest[0],
          to: row.spread.cpuMicrosPerRequest[1],
          "µs all": row.totalCpuMicrosPerRequest,
          "requests/s": row.requestsPerSecond,
          "p50 ms": row.p50Ms,
          "p99 ms": row.p99Ms,
          "peak MiB": row.peakRssMiB,
        },
      ]),
    ),
  );
  console.log("End to end: whose CPU it is, µs a request");
  console.table(
    Object.fromEntries(
      rows
        .filter(({ scenario }) => scenario === "postgres")
        .map((row) => [
          nameOf(row),
          {
            gateway: row.cpuMicrosPerRequest,
            subgraphs: row.parts.subgraphs,
            "their database": row.parts.database,
            audit: row.parts.audit ?? 0,
            "its database": row.parts.auditDatabase ?? 0,
            all: row.totalCpuMicrosPerRequest,
          },
        ]),
    ),
  );
}

function nameOf({ scenario, operation, gateway }: GatewayRow): string {
  return `${scenario} ${operation} ${gateway}`;
}

/** Writes gateways.json and gateways.svg: what was measured, on what machine, with which versions. */
export function writeResults(
  rows: readonly GatewayRow[],
  bars: readonly BarRow[],
  { pace, postgres }: { pace: keyof typeof FOLDERS; postgres: string },
): void {
  const folder = FOLDERS[pace];
  const cores = cpus();
  const machine = {
    cpu: cores[0]?.model ?? "unknown",
    cores: cores.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
    postgres,
  };
  const versions = Object.fromEntries(PACKAGES.map((name) => [name, versionOfPeer(name)]));
  const measured = new Date().toISOString().slice(0, 10);
  mkdirSync(folder, { recursive: true });
  const all = { measured, pace, machine, versions, rows, bars };
  writeFileSync(join(folder, "gateways.json"), `${JSON.stringify(all, null, 2)}\n`);
  const named = (names: readonly string[]): string =>
    names.map((name) => `${name} ${versions[name]}`).join(", ");
  const caption = [
    `${measured}: ${machine.cores} × ${machine.cpu}, ${machine.memoryGiB} GiB, Node ${machine.node}, PostgreSQL ${postgres}, Linux ${machine.kernel}.`,
    named(PACKAGES.slice(0, 4)),
    named(PACKAGES.slice(4)),
    `Medians of rounds in which each was asked in turn.${pace === "quick" ? " A quick look, not for the record." : ""}`,
  ];
  writeFileSync(join(folder, "gateways.svg"), chartOf(rows, caption));
  console.log(`Written to ${folder}`);
}
