import { atMost, type BarRow } from "./bar-row.ts";
import { rowOf, type BenchOptions, type BenchRow } from "./bench-row.ts";
import { BenchPlatform } from "./gateways/bench-platform.ts";
import { Load, type Run, type RunResult } from "./gateways/load.ts";
import { readOperations } from "./gateways/peers.ts";
import { citizensOnRecord, startTrucOverPostgres } from "./gateways/registers.ts";

const CALLERS = 1_000;
/** op1, at even distances: far from what the machine can. */
const SMALL_PER_SECOND = 200;
const CONNECTIONS = 32;
const TIMES = 2;

/** What goes on beside op1. */
const SETTINGS = {
  alone: undefined,
  "beside 20 op3 a second": { connections: 8, perSecond: 20 },
  "beside one op3 after the other": { connections: 1 },
} as const satisfies Record<string, Pick<Run, "connections" | "perSecond"> | undefined>;
/** The one beside is there before, and stays until after. */
const MARGIN_MS = 300;

/**
 * How long the small wait beside the big: op1 at a constant rate, alone and beside a constant stream of op3, in turns,
 * everything included, over registers on PostgreSQL. The two kinds of callers are processes of their own.
 */
export async function run({ quick, endings }: BenchOptions): Promise<(BenchRow | BarRow)[]> {
  const { op1, op3 } = await readOperations();
  const platform = await BenchPlatform.start(endings);
  const {
    truc: { url },
  } = await startTrucOverPostgres(platform, endings);
  const people = { ids: citizensOnRecord(), tokens: await platform.tokens(CALLERS) };
  const [small, big] = [new Load(endings), new Load(endings)];
  for (const load of [small, big]) load.meet(people);
  const rounds = quick ? 3 : 7;
  const milliseconds = quick ? 2_000 : 8_000;
  const seen: Record<string, RunResult[]> = {};
  const names = Object.keys(SETTINGS) as (keyof typeof SETTINGS)[];
  for (let round = -1; round < rounds; round += 1) {
    for (let turn = 0; turn < names.length; turn += 1) {
      const name = names[(turn + round + names.length) % names.length]!;
      const beside = SETTINGS[name];
      const stream =
        beside &&
        big.run({ url, operations: [op3!], milliseconds: milliseconds + 2 * MARGIN_MS, ...beside });
      if (stream !== undefined) await new Promise((resolve) => setTimeout(resolve, MARGIN_MS));
      const result = await small.run({
        url,
        operations: [op1!],
        connections: CONNECTIONS,
        perSecond: SMALL_PER_SECOND,
        milliseconds,
      });
      const others = await stream;
      if (round < 0) continue;
      (seen[name] ??= []).push(result);
      if (others !== undefined) (seen[`${name}: op3`] ??= []).push(others);
    }
  }
  const p99 = (name: string): BenchRow =>
    rowOf(
      `op1 ${name}: p99`,
      "ms",
      seen[name]!.map(({ p99Ms }) => p99Ms),
    );
  const rows = Object.entries(seen).flatMap(([name, results]) =>
    name.endsWith(": op3")
      ? [
          rowOf(
            name,
            "a second",
            results.map(({ requests, seconds }) => requests / seconds),
          ),
        ]
      : [
          rowOf(
            `op1 ${name}: p50`,
            "ms",
            results.map(({ p50Ms }) => p50Ms),
          ),
          p99(name),
        ],
  );
  const bars = names
    .filter((name) => name !== "alone")
    .map((name) =>
      atMost(`op1 ${name}: p99, times that alone`, TIMES, p99(name).median / p99("alone").median),
    );
  return [...rows, ...bars];
}
