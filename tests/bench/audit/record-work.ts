import { readFileSync } from "node:fs";
import { AuditProcess } from "../../harness/audit-process.ts";
import { KillablePostgres } from "../../harness/killable-postgres.ts";
import { rowOf, type BenchOptions, type BenchRow } from "../bench-row.ts";
import { treeCpuMicros } from "../gateways/process-accounts.ts";
import { generateDatabase } from "./generate.ts";
import { untilOrdered } from "./until-ordered.ts";

/** Data subjects of a record, how many records of it are written a round, and a batch. */
const SIZES = [
  { subjects: 1, records: 40_000, meanBatch: 14 },
  { subjects: 200, records: 15_000, meanBatch: 3 },
] as const;
/** Rounds that are not counted. */
const WARM_UP_ROUNDS = 1;

/**
 * What a record costs the audit process, and its database, from the INSERT to its place in order, tree, index and sums: CPU
 * of all their processes, those that ended included, while batches are written as routers write them and until they are
 * in the log.
 */
export async function recordWork({ quick }: BenchOptions): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const size of SIZES) {
    const postgres = await KillablePostgres.start();
    const audit = await AuditProcess.start({ postgresUrl: postgres.adminUrl });
    try {
      const work = { process: [] as number[], database: [] as number[] };
      const root = Buffer.from(readFileSync(audit.keyFiles.root, "utf8").trim(), "base64url");
      let ordered = 0;
      for (let round = 0; round < WARM_UP_ROUNDS + (quick ? 1 : 4); round++) {
        const before = [treeCpuMicros(audit.pid), treeCpuMicros(postgres.pid)] as const;
        const records = await generateDatabase({
          ...size,
          seed: 3 + round,
          root,
          from: new Date(),
          days: 0,
          databaseUrl: audit.databaseUrl,
          batchesAtOnce: 1,
        });
        await untilOrdered(audit, (ordered += records));
        if (round < WARM_UP_ROUNDS) continue;
        work.process.push((treeCpuMicros(audit.pid) - before[0]) / records);
        work.database.push((treeCpuMicros(postgres.pid) - before[1]) / records);
      }
      const record = `a record of ${size.subjects} data subject${size.subjects === 1 ? "" : "s"}`;
      rows.push(
        rowOf(`CPU of the audit process, ${record}`, "µs", work.process),
        rowOf(`CPU of its database, ${record}`, "µs", work.database),
      );
    } finally {
      await audit.stop();
      await postgres.stop();
    }
  }
  return rows;
}
