import { expect, test } from "vitest";
import { runCases } from "./cases.ts";
import type { Variant } from "./split-federation.ts";

const FILES = 4;
/** The same in every run: `npm run proof -- differential` draws its own. Set DIFFERENTIAL_SEED for others; DIFFERENTIAL_CASES and DIFFERENTIAL_SPLITS for more. */
const SEED = Number(process.env["DIFFERENTIAL_SEED"] ?? 1);
const CASES = Math.ceil(Number(process.env["DIFFERENTIAL_CASES"] ?? 10_000) / FILES);
const SPLITS = Math.ceil(Number(process.env["DIFFERENTIAL_SPLITS"] ?? 24) / FILES);

/** Declares the test of one variant: a quarter of all cases, in a file of its own so that they run side by side. */
export function differentialTest(variant: Variant): void {
  const { batching, splicing } = variant;
  // Splits of its own: four files are four times as many.
  const seed = SEED + SPLITS * ((batching ? 2 : 0) + (splicing ? 1 : 0));
  test(`random operations over random splits are answered as by one server, seed ${SEED}`, async () => {
    const tally = await runCases({ seed, splits: SPLITS, cases: CASES, variant });
    console.log(
      `batching ${batching}, splicing ${splicing}, splits from ${seed}: ${JSON.stringify(tally)}`,
    );
    expect(tally.splits).toBe(SPLITS);
    const { cases, takenAway, unplanned, tooComplex } = tally;
    expect(cases + takenAway + unplanned + tooComplex).toBeGreaterThanOrEqual(CASES);
    expect(tooComplex).toBe(0);
    expect(unplanned).toBe(0);
    expect(tally.batches > 0).toBe(batching);
  }, 600_000);
}
