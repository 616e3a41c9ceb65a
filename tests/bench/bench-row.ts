import type { Endings } from "./endings.ts";

/** One figure of a suite. */
export interface BenchRow {
  readonly scenario: string;
  readonly unit: string;
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly rounds: number;
}

export interface BenchOptions {
  /** Fewer rounds, for a look; figures for the record are made without. */
  readonly quick: boolean;
  /** Told of everything that has to end with the run, however that ends. */
  readonly endings: Endings;
}

/** The row of one figure's rounds. */
export function rowOf(scenario: string, unit: string, values: readonly number[]): BenchRow {
  const sorted = values.toSorted((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)]!;
  return { scenario, unit, median, min: sorted[0]!, max: sorted.at(-1)!, rounds: sorted.length };
}
