import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { printBars, type BarRow } from "./bar-row.ts";
import type { BenchOptions, BenchRow } from "./bench-row.ts";
import type { Endings } from "./endings.ts";
import type { GatewayRow } from "./gateways/gateway-row.ts";
import { untilSignal } from "./until-signal.ts";

type SuiteRow = BenchRow | GatewayRow | BarRow;
type Row = SuiteRow & { suite: string };

/** Each suite is a file of its own. The first is what is run when none is named. */
const SUITES: Readonly<
  Record<string, () => Promise<{ run(options: BenchOptions): Promise<SuiteRow[]> }>>
> = {
  gateways: async () => await import("./gateways.ts"),
  sustained: async () => await import("./sustained.ts"),
  beside: async () => await import("./beside.ts"),
  million: async () => await import("./million.ts"),
  soak: async () => await import("./soak.ts"),
  reload: async () => await import("./reload.ts"),
  access: async () => await import("./access.ts"),
  audit: async () => await import("./audit.ts"),
  answers: async () => await import("./answers.ts"),
  planning: async () => await import("./planning.ts"),
  literals: async () => await import("./literals.ts"),
};
const ALL = "all";

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { quick: { type: "boolean", default: false }, json: { type: "string" } },
    allowPositionals: true,
  });
  const every = Object.keys(SUITES);
  const unknown = positionals.find((name) => name !== ALL && !every.includes(name));
  if (unknown !== undefined) {
    console.error(`There is no suite "${unknown}": choose of ${every.join(", ")}; or ${ALL}.`);
    process.exit(1);
  }
  const named = positionals.length > 0 ? positionals : every.slice(0, 1);
  const rows = await untilSignal(
    async (endings) => await runSuites(named.includes(ALL) ? every : named, values.quick, endings),
  );
  print(rows);
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(rows, null, 2)}\n`);
}

async function runSuites(
  names: readonly string[],
  quick: boolean,
  endings: Endings,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (const name of names) {
    const suite = await SUITES[name]!();
    const found = await endings.within(async (own) => await suite.run({ quick, endings: own }));
    for (const row of found) rows.push({ suite: name, ...row });
  }
  return rows;
}

function print(rows: readonly Row[]): void {
  console.log(`Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? "unknown"}`);
  const figures = rows.filter((row): row is BenchRow & { suite: string } => "median" in row);
  if (figures.length > 0)
    console.table(
      Object.fromEntries(
        figures.map(({ suite, scenario, unit, median, min, max, rounds }) => [
          `${suite}: ${scenario}`,
          { median: rounded(median), min: rounded(min), max: rounded(max), unit, rounds },
        ]),
      ),
    );
  const bars = rows.filter((row): row is BarRow & { suite: string } => "bar" in row);
  if (bars.length > 0) printBars(bars.map((row) => ({ ...row, bar: `${row.suite}: ${row.bar}` })));
}

function rounded(value: number): number {
  return Number(value.toPrecision(3));
}

if (import.meta.main) await main();
