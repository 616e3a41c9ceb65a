import { generateKeyPairSync, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { verifySegment } from "@truc/audit/verifier";
import { rowOf, type BenchOptions, type BenchRow } from "../bench-row.ts";
import { generateSegment } from "./generate.ts";

const ORIGIN = "bench.example/audit";

/** How fast an exported segment is verified, offline and on two threads: 10 million records, or 500,000 for a look. */
export async function verificationSpeed({ quick }: BenchOptions): Promise<BenchRow[]> {
  const directory = mkdtempSync(join(tmpdir(), "truc-bench-segment-"));
  const key = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" });
  const folder = join(directory, "segment");
  try {
    const { records, verifierKey } = await generateSegment({
      seed: 1,
      records: quick ? 500_000 : 10_000_000,
      root: randomBytes(32),
      directory: folder,
      origin: ORIGIN,
      key,
    });
    const speeds: number[] = [];
    for (let round = 0; round < (quick ? 3 : 2); round += 1) {
      const began = performance.now();
      const { findings, to } = await verifySegment(folder, { keys: [verifierKey], threads: 2 });
      if (findings.length > 0 || to !== records)
        throw new Error(`the segment does not hold: ${JSON.stringify(findings[0])}`);
      speeds.push(records / ((performance.now() - began) / 1_000));
    }
    const size = `${(records / 1e6).toLocaleString("en")} million records`;
    return [rowOf(`a segment of ${size} verified on two threads`, "records/s", speeds)];
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
