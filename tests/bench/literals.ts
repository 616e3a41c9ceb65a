import { rowOf, type BenchOptions, type BenchRow } from "./bench-row.ts";
import { BenchPlatform } from "./gateways/bench-platform.ts";
import { Load } from "./gateways/load.ts";
import { measure } from "./gateways/measure.ts";
import { installPeers, readOperations } from "./gateways/peers.ts";
import { startOverStubs } from "./gateways/stub-scenario.ts";

/** So many that hardly any operation is written twice; the stub registers know any. */
const CITIZENS = Array.from({ length: 1_000_000 }, (_, index) => String(901_100_000_000 + index));

/**
 * What gateways take for operations in whose text the citizens stand, so that no two are alike, beside the same with
 * variables. The merges are left out: they know three texts.
 */
export async function run({ quick, endings }: BenchOptions): Promise<BenchRow[]> {
  installPeers();
  const operations = Object.entries(await readOperations()).flatMap(([name, operation]) => [
    [`${name}, citizens in a variable`, operation] as const,
    [`${name}, citizens in the text`, { ...operation, written: true }] as const,
  ]);
  const platform = await BenchPlatform.start(endings);
  const load = new Load(endings);
  load.meet({ ids: CITIZENS, tokens: await platform.tokens(1_000) });
  const parties = await startOverStubs(platform, 0, endings);
  const measured = await measure(
    load,
    parties.filter(({ gateway }) => !gateway.startsWith("merge")),
    Object.fromEntries(operations),
    {
      rounds: quick ? 2 : 5,
      milliseconds: quick ? 400 : 1_500,
      warmUpMs: quick ? 1_500 : 8_000,
      connections: 32,
    },
  );
  return measured.map(({ party, operation, samples }) =>
    rowOf(
      `${operation}: ${party.gateway}`,
      "µs CPU",
      samples.map(({ gateway }) => gateway),
    ),
  );
}
