import { logAtSize } from "./audit/log-at-size.ts";
import { recordWork } from "./audit/record-work.ts";
import { routerCost } from "./audit/router-cost.ts";
import { verificationSpeed } from "./audit/verify-segment.ts";
import type { BenchOptions, BenchRow } from "./bench-row.ts";

/** What keeping records costs the router and the audit process, what the log takes, and how fast it is verified and looked into. */
export async function run(options: BenchOptions): Promise<BenchRow[]> {
  return [
    ...(await routerCost(options)),
    ...(await recordWork(options)),
    ...(await verificationSpeed(options)),
    ...(await logAtSize(options)),
  ];
}
