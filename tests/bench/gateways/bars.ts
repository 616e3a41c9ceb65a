import { atLeast, atMost, type BarRow } from "../bar-row.ts";
import type { GatewayRow, Scenario } from "./gateway-row.ts";
import type { Gateway } from "./party.ts";

/** How many times less CPU than a peer; `share`: how many times a peer's at most. */
const STUB_BARS: readonly { against: Gateway; share?: true; limits: Record<string, number> }[] = [
  { against: "apollo-gateway", limits: { op1: 10, op2: 20, op3: 14 } },
  { against: "hive-rust", limits: { op1: 10, op2: 20, op3: 9 } },
  { against: "mercurius", limits: { op1: 1.2, op2: 3, op3: 5 } },
  { against: "merge", share: true, limits: { op1: 2.2, op2: 0.8, op3: 0.8 } },
];
/** Of each ratio, what the total over all processes keeps. */
const KEPT = 0.5;
const POSTGRES_LIMIT = 5;
const LATENCY_MS = 5;
const MEMORY_MIB = 300;

type Cpu = "cpuMicrosPerRequest" | "totalCpuMicrosPerRequest";

/** @param commitMs the median commit of the audit database, for the bar of latency */
export function barRows(rows: readonly GatewayRow[], commitMs: number): BarRow[] {
  const find = (scenario: Scenario, gateway: Gateway, operation: string): GatewayRow =>
    rows.find(
      (row) => row.scenario === scenario && row.gateway === gateway && row.operation === operation,
    )!;
  const times = (scenario: Scenario, cpu: Cpu, over: Gateway, under: Gateway, op: string): number =>
    find(scenario, over, op)[cpu] / find(scenario, under, op)[cpu];
  const bars: BarRow[] = [];
  for (const cpu of ["cpuMicrosPerRequest", "totalCpuMicrosPerRequest"] as const) {
    for (const { against, share, limits } of STUB_BARS) {
      for (const [operation, limit] of Object.entries(limits)) {
        const kept = cpu === "cpuMicrosPerRequest" ? 1 : KEPT;
        const whose = cpu === "cpuMicrosPerRequest" ? "CPU" : "CPU of all processes";
        bars.push(
          share
            ? atMost(
                `stub ${operation}: ${whose}, times ${against}'s`,
                limit / kept,
                times("stub", cpu, "truc", against, operation),
              )
            : atLeast(
                `stub ${operation}: ${whose}, times less than ${against}`,
                limit * kept,
                times("stub", cpu, against, "truc", operation),
              ),
        );
      }
    }
  }
  for (const operation of ["op2", "op3"])
    bars.push(
      atLeast(
        `postgres ${operation}: CPU of all processes, times less than apollo-gateway`,
        POSTGRES_LIMIT,
        times("postgres", "totalCpuMicrosPerRequest", "apollo-gateway", "truc", operation),
      ),
    );
  const waits = `${LATENCY_MS} and the audit database's commit of ${commitMs.toFixed(2)}`;
  const { p50Ms } = find("stub-2ms", "truc", "op2");
  bars.push(atMost(`stub-2ms op2: p50 in ms (${waits})`, LATENCY_MS + commitMs, p50Ms));
  const peaks = rows
    .filter(({ gateway }) => gateway === "truc")
    .map(({ spread }) => spread.peakRssMiB[1]);
  bars.push(atMost("the router's memory at full load, MiB", MEMORY_MIB, Math.max(...peaks)));
  return bars;
}
