import { atMost, type BarRow } from "./bar-row.ts";
import { rowOf, type BenchOptions, type BenchRow } from "./bench-row.ts";
import type { Endings } from "./endings.ts";
import { BenchPlatform } from "./gateways/bench-platform.ts";
import { citizensIn, KeptPostgres, readThrough, settle } from "./gateways/kept-postgres.ts";
import { Load, type RunResult } from "./gateways/load.ts";
import { readOperations } from "./gateways/peers.ts";
import { countryOf, fill, startRegisters } from "./gateways/registers.ts";

const FEW = 10_000;
const MANY = 1_000_000;
/** For a look: they are loaded within a minute. */
const SOME = 100_000;
const CALLERS = 1_000;
const CONNECTIONS = 8;
const TIMES = 1.5;
/** How often it is said how far a load is. */
const TELL_MS = 10_000;

/**
 * How op2 takes over registers that hold a million citizens, and over the same that hold ten thousand: a router over
 * each, asked in turns about citizens drawn from all there are.
 */
export async function run({ quick, endings }: BenchOptions): Promise<(BenchRow | BarRow)[]> {
  const { op2 } = await readOperations();
  const platform = await BenchPlatform.start(endings);
  const postgres = await KeptPostgres.start(endings);
  const tokens = await platform.tokens(CALLERS);
  const sizes = [FEW, quick ? SOME : MANY];
  const sides: Side[] = [];
  for (const citizens of sizes) {
    sides.push(await startSide(platform, { postgres, citizens, tokens }, endings));
  }
  const rounds = quick ? 3 : 9;
  for (let round = -1; round < rounds; round += 1) {
    for (const { load, url, results } of round % 2 === 0 ? sides : sides.toReversed()) {
      const milliseconds = round < 0 ? 5_000 : quick ? 1_000 : 3_000;
      const usual = { url, operations: [op2!], connections: CONNECTIONS };
      const result = await load.run({ ...usual, milliseconds });
      if (round >= 0) results.push(result);
    }
  }
  const p50s = sides.map(({ citizens, results }) =>
    rowOf(
      `op2, ${citizens.toLocaleString("en")} citizens: p50`,
      "ms",
      results.map(({ p50Ms }) => p50Ms),
    ),
  );
  const [few, many] = p50s.map(({ median }) => median);
  return [
    ...p50s,
    ...sides.map(({ citizens, bytes }) =>
      rowOf(`${citizens.toLocaleString("en")} citizens: databases`, "MiB", [bytes / 2 ** 20]),
    ),
    atMost(
      `op2: p50 at ${sizes[1]!.toLocaleString("en")} citizens, times that at ${FEW.toLocaleString("en")}`,
      TIMES,
      many! / few!,
    ),
  ];
}

/** Registers that hold so many citizens, a router over them, and callers who ask about all of these. */
interface Side {
  readonly citizens: number;
  /** Of the registers' databases. */
  readonly bytes: number;
  readonly url: string;
  readonly load: Load;
  readonly results: RunResult[];
}

async function startSide(
  platform: BenchPlatform,
  {
    postgres,
    citizens,
    tokens,
  }: { postgres: KeptPostgres; citizens: number; tokens: readonly string[] },
  endings: Endings,
): Promise<Side> {
  const databases = await postgres.databases(citizens);
  const { addresses } = await startRegisters(platform, databases, endings);
  let told = performance.now();
  const loaded = await fill(countryOf(citizens), databases, (progress) => {
    if (performance.now() - told < TELL_MS) return;
    told = performance.now();
    console.error(`million: ${progress.citizens} of ${progress.total} citizens loaded`);
  });
  if (loaded) await settle(databases);
  const { url } = await platform.startRouter(addresses, endings);
  const load = new Load(endings);
  load.meet({ ids: await citizensIn(databases), tokens });
  return { citizens, bytes: await readThrough(databases), url, load, results: [] };
}
