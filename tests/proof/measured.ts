import type { BarRow } from "../bench/bar-row.ts";
import type { BenchOptions } from "../bench/bench-row.ts";
import { untilSignal } from "../bench/until-signal.ts";
import type { Proof } from "./proof.ts";

/** The bars of a suite of `npm run bench`, measured at full length: one that is not held is not proven. */
export function measured(suite: {
  run(options: BenchOptions): Promise<readonly (object | BarRow)[]>;
}): Proof {
  return async () => {
    const rows = await untilSignal(async (endings) => await suite.run({ quick: false, endings }));
    const bars = rows.filter((row): row is BarRow => "bar" in row);
    const lines = bars.map(
      ({ bar, demands, limit, figure }) => `${bar}: ${figure} (${demands} ${limit})`,
    );
    const missed = lines.filter((_, index) => !bars[index]!.held);
    if (missed.length > 0) throw new Error(missed.join("; "));
    return lines;
  };
}
