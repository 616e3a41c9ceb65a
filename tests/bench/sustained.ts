import { atLeast, atMost, type BarRow } from "./bar-row.ts";
import { rowOf, type BenchOptions, type BenchRow } from "./bench-row.ts";
import { BenchPlatform } from "./gateways/bench-platform.ts";
import { Load } from "./gateways/load.ts";
import { readOperations } from "./gateways/peers.ts";
import { treeCpuMicros } from "./gateways/process-accounts.ts";
import { citizensOnRecord, startTrucOverPostgres } from "./gateways/registers.ts";

const CALLERS = 1_000;
const CONNECTIONS = 32;
const WARM_UP_MS = 10_000;
const PER_SECOND = 1_000;
const P95_MS = 100;

/**
 * op2 for a minute on this machine with everything that it needs: router, four registers on PostgreSQL, audit process
 * and its database, and the callers. First 32 callers who each ask again as soon as they are answered, then as many
 * requests a second as the bar demands, whether earlier ones are answered or not.
 */
export async function run({ quick, endings }: BenchOptions): Promise<(BenchRow | BarRow)[]> {
  const { op2 } = await readOperations();
  const platform = await BenchPlatform.start(endings);
  const { truc } = await startTrucOverPostgres(platform, endings);
  const load = new Load(endings);
  load.meet({ ids: citizensOnRecord(), tokens: await platform.tokens(CALLERS) });
  const milliseconds = quick ? 10_000 : 60_000;
  const usual = { url: truc.url, operations: [op2!], connections: CONNECTIONS, countsErrors: true };
  await load.run({ ...usual, milliseconds: WARM_UP_MS });
  const before = treeCpuMicros(load.pid);
  const closed = await load.run({ ...usual, milliseconds });
  const callers = (treeCpuMicros(load.pid) - before) / closed.requests;
  const open = await load.run({ ...usual, milliseconds, perSecond: PER_SECOND });
  for (const { firstError } of [closed, open])
    if (firstError !== undefined) console.error(`sustained: ${firstError}`);
  const rate = closed.requests / closed.seconds;
  const full = `op2, ${CONNECTIONS} callers without a pause`;
  const steady = `op2, ${PER_SECOND} a second`;
  return [
    rowOf(`${full}: answers`, "a second", [rate]),
    rowOf(`${full}: CPU of the callers`, "µs a request", [callers]),
    ...[
      { what: full, seen: closed },
      { what: steady, seen: open },
    ].flatMap(({ what, seen }) => [
      rowOf(`${what}: p50`, "ms", [seen.p50Ms]),
      rowOf(`${what}: p95`, "ms", [seen.p95Ms]),
      rowOf(`${what}: p99`, "ms", [seen.p99Ms]),
    ]),
    atLeast(`${full}: answers a second`, PER_SECOND, rate),
    atMost(`${full}: p95 in ms`, P95_MS, closed.p95Ms),
    atMost(`${full}: errors`, 0, closed.errors),
    atMost(`${steady}: p95 in ms`, P95_MS, open.p95Ms),
    atMost(`${steady}: errors`, 0, open.errors),
  ];
}
