import { appendFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { atMost, type BarRow } from "./bar-row.ts";
import { rowOf, type BenchOptions, type BenchRow } from "./bench-row.ts";
import { BenchPlatform } from "./gateways/bench-platform.ts";
import { Load, type RunResult } from "./gateways/load.ts";
import { readOperations } from "./gateways/peers.ts";
import { STUB_CITIZENS, startTrucOverStubs } from "./gateways/stub-scenario.ts";

const CALLERS = 1_000;
const CONNECTIONS = 32;
const PER_SECOND = 200;
const MILLISECONDS = 10_000;
const TIMES = 2;

/**
 * What callers notice of another supergraph: the three operations at a constant rate over stub registers for ten
 * seconds, and the same with the supergraph's file changed in the second of them, in turns.
 */
export async function run({ quick, endings }: BenchOptions): Promise<(BenchRow | BarRow)[]> {
  const operations = Object.values(await readOperations());
  const platform = await BenchPlatform.start(endings);
  const { url, supergraph } = await startTrucOverStubs(platform, endings);
  const load = new Load(endings);
  load.meet({ ids: STUB_CITIZENS, tokens: await platform.tokens(CALLERS) });
  const usual = { url, operations, connections: CONNECTIONS, countsErrors: true };
  await load.run({ ...usual, milliseconds: 5_000 });
  const steady: RunResult[] = [];
  const changed: RunResult[] = [];
  const rounds = quick ? 1 : 5;
  for (let round = 0; round < rounds; round += 1) {
    const run = { ...usual, perSecond: PER_SECOND, milliseconds: MILLISECONDS };
    steady.push(await load.run(run));
    const under = load.run(run);
    await pause(1_000);
    // Another text is another supergraph; it reads, plans and compiles all of it anew.
    appendFileSync(supergraph, `\n# ${round}\n`);
    changed.push(await under);
  }
  const p99 = (what: string, results: readonly RunResult[]): BenchRow =>
    rowOf(
      `${PER_SECOND} a second, ${what}: p99`,
      "ms",
      results.map(({ p99Ms }) => p99Ms),
    );
  const [before, after] = [p99("one supergraph", steady), p99("another one meanwhile", changed)];
  for (const { firstError } of changed)
    if (firstError !== undefined) console.error(`reload: ${firstError}`);
  const errors = changed.reduce((sum, result) => sum + result.errors, 0);
  return [
    before,
    after,
    atMost("requests that another supergraph failed", 0, errors),
    atMost(
      "p99 with another supergraph, times that of a steady one",
      TIMES,
      after.median / before.median,
    ),
  ];
}
