import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Database } from "@truc/service";
import { type Kysely, sql, type Transaction } from "kysely";
import { forgetMonth } from "../postings/forget-month.ts";
import { digestOfSegment, type SegmentDescription } from "./export-segment.ts";
import { monthIn } from "./export-month.ts";
import { endOf, firstDayOf, type Month, partitionOf } from "./month.ts";
import { keptUntil } from "./retention.ts";
import { digestOfFile } from "./segment-folder.ts";
import { SegmentRefused } from "./segment-refused.ts";

/** Routers wait behind whoever waits for the table, so nobody waits for long. */
const LOCK_TIMEOUT = "2s";
/** Deleted with one statement. */
const MAX_REFUSALS = 10_000;
/** PostgreSQL's code for having waited in vain. */
const LOCK_NOT_AVAILABLE = "55P03";

/**
 * Removes a month's records from the database, where they have been exported and citizens no longer see them, nor ever
 * will. Order, tree and checkpoints stay, so that proofs of all later records hold, and of these too for who has the
 * export.
 * @param options.retentionMonths for how many months records are kept, where the audit process was last started with
 *   fewer (RETENTION_MONTHS); when left out, its setting counts
 * @param options.directories the folders it was exported to: they have to be what was noted of them, and to hold all
 *   of the month; when left out, the notes are believed
 * @throws SegmentRefused where something speaks against it
 */
export async function dropMonth(options: {
  db: Database;
  month: string;
  retentionMonths?: number;
  directories?: readonly string[];
  now?: () => Date;
}): Promise<void> {
  const { db, retentionMonths, directories } = options;
  const month = monthIn(options.month);
  const now = (options.now ?? (() => new Date()))();
  const checkOver = async (on: Kysely<any>): Promise<void> => {
    const until = await keptUntil(on, month, retentionMonths);
    if (until > now)
      throw new SegmentRefused(
        `The records of ${month} are kept until ${until.toISOString().slice(0, 10)}.`,
      );
  };
  await checkOver(db.kysely);
  const digests: Buffer[] = [];
  for (const directory of directories ?? [])
    digests.push(await checkedExport(db.kysely, directory));
  const check = async (transaction: Transaction<any>): Promise<void> => {
    await checkDroppable(transaction, month, directories && digests);
    // Once more, now that nothing can come to the month: what came last may have the longest delay.
    await checkOver(transaction);
  };
  await drop(db, month, check).catch((error: unknown) => {
    if ((error as { code?: unknown }).code !== LOCK_NOT_AVAILABLE) throw error;
    throw new SegmentRefused("The database is busy with these records: try again in a moment.", {
      cause: error,
    });
  });
  // After the table's lock is gone, for which routers wait.
  await forgetMonth(db, month);
  await forgetRefusals(db, month);
}

async function drop(
  db: Database,
  month: Month,
  check: (transaction: Transaction<any>) => Promise<void>,
): Promise<void> {
  await db.kysely.transaction().execute(async (transaction) => {
    await sql`select set_config('lock_timeout', ${LOCK_TIMEOUT}, true)`.execute(transaction);
    await check(transaction);
    await sql`drop table ${sql.table(partitionOf(month))}`.execute(transaction);
  });
}

/** Counts of refusals up to a month's end, some at a time. */
async function forgetRefusals({ kysely }: Database, month: Month): Promise<void> {
  for (;;) {
    const { numAffectedRows } = await sql`delete from audit_refusals where ctid = any(array(
      select ctid from audit_refusals where minute < ${endOf(month)} limit ${MAX_REFUSALS}))`.execute(
      kysely,
    );
    if (Number(numAffectedRows ?? 0) < MAX_REFUSALS) return;
  }
}

/** @returns the digest of a folder that is what was exported, every file of it */
async function checkedExport(db: Kysely<any>, directory: string): Promise<Buffer> {
  const digest = await digestOfSegment(directory).catch((error: unknown) => {
    throw new SegmentRefused(`There is no segment in ${directory}.`, { cause: error });
  });
  const { rows } = await sql`select from audit_segment where digest = ${digest}`.execute(db);
  if (rows.length === 0 || !(await areWhole(directory)))
    throw new SegmentRefused(`The segment in ${directory} is not as it was exported.`);
  return digest;
}

async function areWhole(directory: string): Promise<boolean> {
  const text = await readFile(join(directory, "segment.json"), "utf8");
  const { files } = JSON.parse(text) as SegmentDescription;
  for (const [name, { bytes, sha256 }] of Object.entries(files)) {
    const found = await digestOfFile(join(directory, name)).catch(() => undefined);
    if (found?.bytes !== bytes || found.sha256 !== sha256) return false;
  }
  return true;
}

async function checkDroppable(
  db: Transaction<any>,
  month: Month,
  digests: Buffer[] | undefined,
): Promise<void> {
  const table = partitionOf(month);
  const { rows: found } = await sql<{ there: boolean }>`
    select to_regclass(${table}) is not null as there`.execute(db);
  if (found[0]?.there !== true)
    throw new SegmentRefused(`The database has no partition of ${month}.`);
  // Nobody adds to the month between these looks and its end.
  await sql`lock table ${sql.table(table)} in share row exclusive mode`.execute(db);
  const { rows } = await sql<{ outside: boolean; unordered: boolean }>`
    select
      exists (
        select from audit_span s where month = ${firstDayOf(month)}::date and not exists (
          select from audit_segment g where g.start <= s.position and s.position + s.count <= g.stop
            and ${digests === undefined ? sql`true` : sql`g.digest = any(${digests}::bytea[])`}
        )
      ) as outside,
      exists (
        select from ${sql.table(table)} b where not exists (
          select from audit_span s where s.router = b.router and s.first <= b.first
            and b.first < s.first + s.count
        )
      ) as unordered`.execute(db);
  if (rows[0]!.outside)
    throw new SegmentRefused(
      `Records of ${month} have not been exported: export ${month} and the months after it, in which late ones may be.`,
    );
  if (rows[0]!.unordered)
    throw new SegmentRefused(
      `Records of ${month} are not in the log yet, so they are in no export.`,
    );
}
