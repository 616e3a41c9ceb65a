import { authorizationOverhead } from "./authorization-overhead.ts";
import type { BenchOptions, BenchRow } from "./bench-row.ts";
import { filterDecision } from "./filter-decision.ts";
import { revocationDelay } from "./revocation-delay.ts";

/** What it costs to let callers see what they may, and how soon they no longer may. */
export async function run(options: BenchOptions): Promise<BenchRow[]> {
  return [
    ...(await filterDecision(options)),
    ...(await authorizationOverhead(options)),
    ...(await revocationDelay(options)),
  ];
}
