import { type Kysely, sql } from "kysely";
import { endOf, type Month } from "./month.ts";

/** How long records are kept where no process has said it yet: RETENTION_MONTHS as it is by itself. */
const DEFAULT_MONTHS = 24;

/** Writes down for how long the process that starts shows records, for who drops months beside it. */
export async function noteRetention(db: Kysely<any>, months: number): Promise<void> {
  await sql`insert into audit_identity values ('retention-months', ${String(months)})
    on conflict (what) do update set value = excluded.value`.execute(db);
}

/**
 * Until when the records of a month are kept: until its end, the longest disclosure delay that any record of the log
 * ever had, and then the months of retention are over, in whole months as the index counts them (`firstMonthKept`).
 * @param atLeastMonths of retention, where the process that was started last shows records for less
 */
export async function keptUntil(
  db: Kysely<any>,
  month: Month,
  atLeastMonths: number | undefined,
): Promise<Date> {
  const noted = (await notedRetention(db)) ?? (atLeastMonths === undefined ? DEFAULT_MONTHS : 0);
  const shown = endOf(month);
  shown.setUTCDate(shown.getUTCDate() + (await longestDelayDays(db)));
  const rest = shown.getUTCDate() === 1 ? 0 : 1;
  const months = Math.max(noted, atLeastMonths ?? 0);
  return new Date(Date.UTC(shown.getUTCFullYear(), shown.getUTCMonth() + rest + months));
}

async function longestDelayDays(db: Kysely<any>): Promise<number> {
  const { rows } = await sql<{ days: number }>`
    select longest_delay_days as days from audit_postings`.execute(db);
  return rows[0]!.days;
}

async function notedRetention(db: Kysely<any>): Promise<number | undefined> {
  const { rows } = await sql<{ value: string }>`
    select value from audit_identity where what = 'retention-months'`.execute(db);
  return rows[0] && Number(rows[0].value);
}
