import type { Database } from "@truc/service";
import { sql } from "kysely";
import type { Logger } from "pino";
import { addMonths, firstDayOf, monthAt } from "./month.ts";

/** How many months beside the present one have a partition of their own. */
const MONTHS_AHEAD = 3;
const DAY_MS = 24 * 3_600_000;
/** Routers wait behind whoever waits to change the table, so nobody waits for long. */
const LOCK_TIMEOUT = "2s";

/**
 * Makes the partitions of this month and the next ones, unless they are there. What somebody wrote
 * for one already moves there. Where one cannot be made, its records go to the partition for all others, and nothing is
 * lost.
 * @returns what could not be made, and why
 */
export async function addMonthsAhead(
  db: Database,
  now: Date,
): Promise<{ month: string; reason: string }[]> {
  const failed: { month: string; reason: string }[] = [];
  for (let ahead = 0; ahead <= MONTHS_AHEAD; ahead++) {
    const month = addMonths(monthAt(now), ahead);
    try {
      await db.kysely.transaction().execute(async (transaction) => {
        await sql`select set_config('lock_timeout', ${LOCK_TIMEOUT}, true)`.execute(transaction);
        await sql`select audit_add_month(${firstDayOf(month)}::date)`.execute(transaction);
      });
    } catch (error) {
      failed.push({ month, reason: error instanceof Error ? error.message : String(error) });
    }
  }
  return failed;
}

/** Keeps partitions of the next months ready: now, and once a day. @returns ends that */
export async function keepMonthsAhead(options: {
  db: Database;
  log: Pick<Logger, "warn">;
  now?: () => Date;
  /** Told each time what health is to say: nothing where every month could be made. */
  report?: (problems: string[]) => void;
  /** For tests; a day. */
  everyMs?: number;
}): Promise<() => Promise<void>> {
  const { db, log, now = () => new Date() } = options;
  const add = async (): Promise<void> => {
    const failed = await addMonthsAhead(db, now());
    options.report?.(
      failed.map(({ month, reason }) => `the partition of ${month} could not be made (${reason})`),
    );
    for (const each of failed)
      log.warn(each, "a month's partition could not be made; it is tried again tomorrow");
  };
  await add();
  let running = Promise.resolve();
  const timer = setInterval(() => {
    running = running.then(add);
  }, options.everyMs ?? DAY_MS);
  timer.unref();
  return async () => {
    clearInterval(timer);
    await running;
  };
}
