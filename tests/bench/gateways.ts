import type { BarRow } from "./bar-row.ts";
import type { BenchOptions } from "./bench-row.ts";
import { barRows } from "./gateways/bars.ts";
import { BenchPlatform } from "./gateways/bench-platform.ts";
import { gatewayRow, type GatewayRow, type Scenario } from "./gateways/gateway-row.ts";
import { Load } from "./gateways/load.ts";
import { measure, type Rounds } from "./gateways/measure.ts";
import type { Party } from "./gateways/party.ts";
import { installPeers, readOperations, type BenchOperation } from "./gateways/peers.ts";
import { postgresFacts } from "./gateways/postgres-facts.ts";
import { startOverPostgres } from "./gateways/postgres-scenario.ts";
import { citizensOnRecord } from "./gateways/registers.ts";
import { printTables, writeResults } from "./gateways/results.ts";
import { sameAnswers } from "./gateways/same-answers.ts";
import { startOverStubs, STUB_CITIZENS } from "./gateways/stub-scenario.ts";

const CALLERS = 1_000;
const CONNECTIONS = 32;
/** How many callers wait at once where the time of an answer is what counts. */
const FEW_CONNECTIONS = 8;
const STUB_DELAY_MS = 2;

/** How long each scenario is measured: for the record, and for a look. */
const LENGTHS = {
  record: {
    stub: { rounds: 7, milliseconds: 1_500 },
    "stub-new-tokens": { rounds: 5, milliseconds: 1_500 },
    "stub-2ms": { rounds: 5, milliseconds: 1_500 },
    postgres: { rounds: 7, milliseconds: 1_500 },
  },
  quick: {
    stub: { rounds: 3, milliseconds: 400 },
    "stub-new-tokens": { rounds: 2, milliseconds: 400 },
    "stub-2ms": { rounds: 2, milliseconds: 400 },
    postgres: { rounds: 3, milliseconds: 400 },
  },
} as const satisfies Record<string, Record<Scenario, unknown>>;
/** Our router needs ten seconds under load until all of its code is compiled, the others less. */
const WARM_UP_MS = { record: 10_000, quick: 1_500 };
/** More than a gateway answers in one turn of that scenario is not signed. */
const MOST_NEW_TOKENS = { record: 3_000, quick: 800 };

/**
 * Truc's gateway, with everything on, beside others: the same questions to each, in turns, over the same registers. What
 * is compared, and how each is set up, is in `peers/README.md`.
 */
export async function run({ quick, endings }: BenchOptions): Promise<(GatewayRow | BarRow)[]> {
  installPeers();
  const operations = await readOperations();
  const platform = await BenchPlatform.start(endings);
  const load = new Load(endings);
  const rows: GatewayRow[] = [];
  const pace = quick ? "quick" : "record";
  const take = async (
    scenario: Scenario,
    parties: readonly Party[],
    asked: Readonly<Record<string, BenchOperation>>,
    more: Pick<Rounds, "connections" | "fresh">,
  ): Promise<void> => {
    console.error(`gateways: ${scenario} …`);
    const rounds = { ...LENGTHS[pace][scenario], warmUpMs: WARM_UP_MS[pace], ...more };
    const measured = await measure(load, parties, asked, rounds);
    rows.push(...measured.map((each) => gatewayRow(scenario, each)));
  };
  const tokens = await platform.tokens(CALLERS);
  load.meet({ ids: STUB_CITIZENS, tokens });
  await endings.within(async (own) => {
    const parties = await startOverStubs(platform, 0, own);
    await sameAnswers(parties, operations, { ids: STUB_CITIZENS, tokens });
    await take("stub", parties, operations, { connections: CONNECTIONS });
    const fresh = async (): Promise<string[]> => await platform.tokens(MOST_NEW_TOKENS[pace]);
    const { op2 } = operations;
    await take("stub-new-tokens", parties, { op2: op2! }, { connections: CONNECTIONS, fresh });
  });
  await endings.within(async (own) => {
    const parties = await startOverStubs(platform, STUB_DELAY_MS, own);
    await take("stub-2ms", parties, operations, { connections: FEW_CONNECTIONS });
  });
  const { version, commitMs } = await postgresFacts(platform.postgres.adminUrl);
  const ids = citizensOnRecord();
  load.meet({ ids, tokens });
  await endings.within(async (own) => {
    const parties = await startOverPostgres(platform, own);
    await sameAnswers(parties, operations, { ids, tokens });
    await take("postgres", parties, operations, { connections: CONNECTIONS });
  });
  const bars = barRows(rows, commitMs);
  printTables(rows);
  writeResults(rows, bars, { pace, postgres: version });
  return [...rows, ...bars];
}
