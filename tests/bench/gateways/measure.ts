import { setTimeout as pause } from "node:timers/promises";
import type { Load, RunResult } from "./load.ts";
import type { Party, Part } from "./party.ts";
import type { BenchOperation } from "./peers.ts";
import { forgetPeak, peakRssMiB, readParents, treeCpuMicros } from "./process-accounts.ts";

/** What one gateway did with one operation in one round. */
export interface Sample extends RunResult {
  readonly peakRssMiB: number;
  /** CPU of the gateway's process and of what it started, microseconds a request. */
  readonly gateway: number;
  /** The same of what works for it; the parts that there are. */
  readonly parts: Readonly<Partial<Record<Part, number>>>;
}

/** Every round of one gateway and one operation. */
export interface Measured {
  readonly party: Party;
  readonly operation: string;
  readonly samples: Sample[];
}

export interface Rounds {
  readonly rounds: number;
  /** How long each gateway is asked each operation in a round. */
  readonly milliseconds: number;
  /** How long each is asked each operation before that, until its code is compiled. */
  readonly warmUpMs: number;
  readonly connections: number;
  /** Makes tokens for one run, each to be used once; where it is absent, callers draw theirs. */
  readonly fresh?: () => Promise<readonly string[]>;
}

const LOOK_MS = 200;
/** So much of a core they may use together and be at rest: some look for work every second, others hear from each other. */
const CORE_AT_REST = 0.025;
/** So many looks they must be at rest: what looks for work every second may still find some. */
const LOOKS_AT_REST = { audit: 7, nobody: 1 } as const;
const MOST_LOOKS = 40;

/**
 * Asks every gateway every operation in turns: round by round, operation by operation, a different gateway first each
 * time. A first round warms up and is not counted. What a gateway leaves to others to work off after its answers counts
 * as its own: a turn ends when all is quiet.
 */
export async function measure(
  load: Load,
  parties: readonly Party[],
  operations: Readonly<Record<string, BenchOperation>>,
  settings: Rounds,
): Promise<Measured[]> {
  const cells = Object.keys(operations).flatMap((operation) =>
    parties.map((party): Measured => ({ party, operation, samples: [] })),
  );
  for (let round = -1; round < settings.rounds; round += 1) {
    const fresh = await settings.fresh?.();
    const milliseconds = round < 0 ? settings.warmUpMs : settings.milliseconds;
    for (const [name, operation] of Object.entries(operations)) {
      const here = cells.filter((cell) => cell.operation === name);
      for (let turn = 0; turn < here.length; turn += 1) {
        const cell = here[(turn + round + here.length) % here.length]!;
        const sample = await take(load, cell.party, operation, {
          ...settings,
          milliseconds,
          fresh,
        });
        if (round >= 0) cell.samples.push(sample);
      }
    }
  }
  return cells;
}

async function take(
  load: Load,
  party: Party,
  operation: BenchOperation,
  settings: Pick<Rounds, "milliseconds" | "connections"> & { fresh: readonly string[] | undefined },
): Promise<Sample> {
  const { milliseconds, connections, fresh } = settings;
  forgetPeak(party.pid);
  const before = accountsOf(party);
  const run = { url: party.url, operations: [operation], connections, milliseconds, fresh };
  const result = await load.run(run);
  const peak = peakRssMiB(party.pid);
  const after = await quiet(party);
  const each = (part: Part | "gateway"): number =>
    ((after.get(part) ?? 0) - (before.get(part) ?? 0)) / result.requests;
  const parts = Object.fromEntries(party.others.map(({ part }) => [part, each(part)]));
  return { ...result, peakRssMiB: peak, gateway: each("gateway"), parts };
}

/** Waits until nobody works on. @returns the accounts when that began: what they use at rest is no request's */
async function quiet(party: Party): Promise<Map<Part | "gateway", number>> {
  const looks = party.others.some(({ part }) => part === "audit")
    ? LOOKS_AT_REST.audit
    : LOOKS_AT_REST.nobody;
  const allowed = CORE_AT_REST * looks * LOOK_MS * 1_000;
  const seen = [accountsOf(party)];
  while (seen.length <= MOST_LOOKS) {
    await pause(LOOK_MS);
    const now = accountsOf(party);
    const before = seen.at(-looks);
    if (before !== undefined && total(now) - total(before) < allowed) return before;
    seen.push(now);
  }
  console.error(`gateways: ${party.gateway} works on after its turn, and all of it is counted`);
  return seen.at(-1)!;
}

/** CPU used so far by the gateway and by each part. */
function accountsOf({ pid, others }: Party): Map<Part | "gateway", number> {
  const parents = readParents();
  const accounts = new Map<Part | "gateway", number>([["gateway", treeCpuMicros(pid, parents)]]);
  for (const { part, pid: root } of others)
    accounts.set(part, (accounts.get(part) ?? 0) + treeCpuMicros(root, parents));
  return accounts;
}

function total(accounts: ReadonlyMap<string, number>): number {
  return [...accounts.values()].reduce((sum, micros) => sum + micros, 0);
}
