import { sql } from "kysely";
import type { Database } from "@truc/service";

/** Pages deleted in one step. */
const MAX_PAGES = 500;

/**
 * Deletes what the index holds of a month whose records are gone, some of it at a time, so that nobody waits for long. The
 * process itself never does: a clock or a setting that is wrong for a moment would cost what only the log can give back.
 * @param month yyyy-mm
 */
export async function forgetMonth(db: Database, month: string): Promise<void> {
  let isLeft = true;
  while (isLeft) isLeft = await forgetSome(db, month);
}

/** @returns whether there is more */
async function forgetSome(db: Database, month: string): Promise<boolean> {
  return await db.kysely.transaction().execute(async (transaction) => {
    // Whoever appends merges runs, under this lock.
    await sql`select from audit_head for update`.execute(transaction);
    const { rows } = await sql<{ run: number }>`
      select run from audit_postings_run where month = ${month} order by run limit 1`.execute(
      transaction,
    );
    const run = rows[0]?.run;
    if (run === undefined) {
      await sql`delete from audit_postings_held
        where month = ${month} and at is not null and keys is null`.execute(transaction);
      return false;
    }
    const { numAffectedRows } = await sql`delete from audit_postings_page
      where run = ${run} and first in (
        select first from audit_postings_page where run = ${run} order by first limit ${MAX_PAGES})`.execute(
      transaction,
    );
    if (Number(numAffectedRows ?? 0) < MAX_PAGES)
      await sql`delete from audit_postings_run where run = ${run}`.execute(transaction);
    return true;
  });
}
