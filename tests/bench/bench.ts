import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import type { BenchOptions, BenchRow } from "./bench-row.ts";
import type { BarRow } from "./gateways/bars.ts";
import type { GatewayRow } from "./gateways/gateway-row.ts";

/** A suite gives figures, or rows of its own that it prints itself. */
type SuiteRow = BenchRow | GatewayRow | BarRow;

/** Each suite is a file of its own. */
const SUITES: Readonly<
  Record<string, () => Promise<{ run(options: BenchOptions): Promise<SuiteRow[]> }>>
> = {
  access: async () => await import("./access.ts"),
  audit: async () => await import("./audit.ts"),
  gateways: async () => await import("./gateways.ts"),
  answers: async () => await import("./answers.ts"),
  reload: async () => await import("./reload.ts"),
};

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { quick: { type: "boolean", default: false }, json: { type: "string" } },
    allowPositionals: true,
  });
  const unknown = positionals.find((name) => !Object.hasOwn(SUITES, name));
  if (unknown !== undefined) {
    console.error(`There is no suite "${unknown}": choose of ${Object.keys(SUITES).join(", ")}.`);
    process.exit(1);
  }
  const rows: (SuiteRow & { suite: string })[] = [];
  for (const name of positionals.length > 0 ? positionals : Object.keys(SUITES)) {
    const suite = await SUITES[name]!();
    for (const row of await suite.run({ quick: values.quick })) rows.push({ suite: name, ...row });
  }
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
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(rows, null, 2)}\n`);
}

function rounded(value: number): number {
  return Number(value.toPrecision(3));
}

if (import.meta.main) await main();
