import { type Kysely, sql } from "kysely";

/** Pages deleted in one step. */
const MAX_PAGES = 500;

/** Deletes what the index holds of months before one, some of it at a time. @param first yyyy-mm */
export async function forgetMonths(db: Kysely<any>, first: string): Promise<void> {
  const { rows } = await sql<{ run: number }>`
    select run from audit_postings_run where month < ${first} order by run limit 1`.execute(db);
  const run = rows[0]?.run;
  if (run === undefined) return;
  const { numAffectedRows } = await sql`delete from audit_postings_page
    where run = ${run} and first in (
      select first from audit_postings_page where run = ${run} order by first limit ${MAX_PAGES})`.execute(
    db,
  );
  if (Number(numAffectedRows ?? 0) === MAX_PAGES) return;
  await sql`delete from audit_postings_run where run = ${run}`.execute(db);
  await sql`delete from audit_postings_held where month < ${first} and at is not null`.execute(db);
}
