import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ROOT } from "../../infra/src/federation.ts";
import { measured } from "./measured.ts";

/** What a proof found: lines for people. @throws Error when it does not hold */
export type Proof = (say: (line: string) => void) => Promise<readonly string[]>;

/** Each proof is a file of its own. */
const PROOFS: Readonly<Record<string, () => Promise<{ prove: Proof }>>> = {
  kills: async () => await import("./kills.ts"),
  differential: async () => await import("./differential.ts"),
  million: async () => ({ prove: measured(await import("../bench/million.ts")) }),
  soak: async () => ({ prove: measured(await import("../bench/soak.ts")) }),
};

/**
 * Runs what takes too long for every change, one proof after another, and writes a dated report. What does not hold is
 * in the report as well, and the exit code is 1.
 */
async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { out: { type: "string", default: join(ROOT, ".proof") } },
    allowPositionals: true,
  });
  const unknown = positionals.find((name) => !Object.hasOwn(PROOFS, name));
  if (unknown !== undefined) {
    console.error(`There is no proof "${unknown}": choose of ${Object.keys(PROOFS).join(", ")}.`);
    process.exit(2);
  }
  const began = new Date();
  const lines = [
    `# Proof of ${began.toISOString()}`,
    "",
    `Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? "unknown"}`,
  ];
  for (const name of positionals.length > 0 ? positionals : Object.keys(PROOFS)) {
    const started = performance.now();
    console.log(`${name} …`);
    lines.push("", `## ${name}`, "");
    try {
      const { prove } = await PROOFS[name]!();
      lines.push(...(await prove((line) => console.log(`  ${line}`))));
    } catch (error) {
      process.exitCode = 1;
      lines.push(`**It does not hold:** ${(error as Error).message}`);
    }
    lines.push("", `It took ${((performance.now() - started) / 1_000).toFixed(0)} s.`);
  }
  mkdirSync(values.out, { recursive: true });
  const file = join(values.out, `${began.toISOString().replaceAll(":", "-")}.md`);
  writeFileSync(file, `${lines.join("\n")}\n`);
  console.log(`${lines.join("\n")}\n\nWritten to ${file}`);
}

if (import.meta.main) await main();
