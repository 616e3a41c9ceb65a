import { setTimeout as pause } from "node:timers/promises";
import { atMost, type BarRow } from "./bar-row.ts";
import { rowOf, type BenchOptions, type BenchRow } from "./bench-row.ts";
import { BenchPlatform } from "./gateways/bench-platform.ts";
import { Load } from "./gateways/load.ts";
import { readOperations } from "./gateways/peers.ts";
import { forgetPeak, peakRssMiB, rssMiB, treeCpuMicros } from "./gateways/process-accounts.ts";
import { STUB_CITIZENS, startTrucOverStubs } from "./gateways/stub-scenario.ts";

const CALLERS = 1_000;
const CONNECTIONS = 32;
const LOOK_MS = 1_000;
const MEMORY_MIB = 300;
/** By how much the memory of the last third may be above that of the first. */
const GROWTH = 1.05;

/**
 * The router under all the load it takes, op1, op2 and op3 mixed, over stub registers: what memory it holds, second by
 * second, and whether it grows.
 */
export async function run({ quick, endings }: BenchOptions): Promise<(BenchRow | BarRow)[]> {
  const operations = Object.values(await readOperations());
  const platform = await BenchPlatform.start(endings);
  const { url, pid } = await startTrucOverStubs(platform, endings);
  const load = new Load(endings);
  load.meet({ ids: STUB_CITIZENS, tokens: await platform.tokens(CALLERS) });
  const [warmUpMs, milliseconds] = quick ? [10_000, 30_000] : [60_000, 600_000];
  const usual = { url, operations, connections: CONNECTIONS };
  forgetPeak(pid);
  await load.run({ ...usual, milliseconds: warmUpMs });
  const before = treeCpuMicros(pid);
  let ended = false;
  const loaded = load.run({ ...usual, milliseconds }).finally(() => (ended = true));
  const held: number[] = [];
  while (!ended) {
    held.push(rssMiB(pid));
    await Promise.race([pause(LOOK_MS), loaded]);
  }
  const { requests, seconds, p50Ms, p99Ms } = await loaded;
  const cpu = (treeCpuMicros(pid) - before) / requests;
  const third = Math.floor(held.length / 3);
  const first = mean(held.slice(0, third));
  const last = mean(held.slice(-third));
  const what = `mixed load, ${Math.round(seconds)} s`;
  return [
    rowOf(`${what}: answers`, "a second", [requests / seconds]),
    rowOf(`${what}: CPU of the router`, "µs a request", [cpu]),
    rowOf(`${what}: p50`, "ms", [p50Ms]),
    rowOf(`${what}: p99`, "ms", [p99Ms]),
    rowOf(`${what}: memory, second by second`, "MiB", held),
    atMost(
      `${what}: the router's peak in MiB, from its start of load`,
      MEMORY_MIB,
      peakRssMiB(pid),
    ),
    atMost(`${what}: memory of the last third, times the first's`, GROWTH, last / first),
  ];
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
