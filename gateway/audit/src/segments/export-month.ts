import { type Database } from "@truc/service";
import { type Kysely, sql } from "kysely";
import { type ExportedSegment, exportSegment } from "./export-segment.ts";
import { checkedMonth, endOf, firstDayOf, type Month } from "./month.ts";
import { SegmentRefused } from "./segment-refused.ts";

interface Range {
  readonly from: number;
  readonly to: number;
}

/**
 * Exports what routers wrote in one month (UTC): from where the export of the month before ended, up to the first
 * checkpoint behind the last record of the month. A month that was exported before is exported the same again.
 * Records that reach the log after the export are part of the next month's.
 * @param options.month `yyyy-mm`
 * @throws SegmentRefused while the month lasts, when no checkpoint covers it yet, or when it has no records
 */
export async function exportMonth(options: {
  db: Database;
  month: string;
  directory: string;
  now?: () => Date;
}): Promise<ExportedSegment> {
  const month = monthIn(options.month);
  const now = options.now ?? (() => new Date());
  if (now() < endOf(month)) throw new SegmentRefused(`${month} is not over yet.`);
  const { kysely } = options.db;
  const range = (await exportedBefore(kysely, month)) ?? (await rangeOf(kysely, month));
  return await exportSegment({ ...options, ...range, month, now });
}

/** @throws SegmentRefused where a text is no month */
export function monthIn(text: string): Month {
  try {
    return checkedMonth(text);
  } catch (error) {
    throw new SegmentRefused(`"${text}" is no month: write it as yyyy-mm.`, { cause: error });
  }
}

async function exportedBefore(db: Kysely<any>, month: Month): Promise<Range | undefined> {
  const { rows } = await sql<{ from: number; to: number }>`
    select start as "from", stop as "to" from audit_segment
    where month = ${firstDayOf(month)}::date order by start limit 1`.execute(db);
  return rows[0];
}

async function rangeOf(db: Kysely<any>, month: Month): Promise<Range> {
  const { rows } = await sql<{ from: number; end: number | null; to: number | null }>`
    with beginning as (
      select coalesce(max(stop), 0) as position from audit_segment
      where month < ${firstDayOf(month)}::date
    ), ending as (
      select max(position + count) as position from audit_span
      where month = ${firstDayOf(month)}::date
        and position >= (select position from beginning)
    )
    select beginning.position as "from", ending.position as "end",
      (select min(size) from audit_checkpoint where size >= ending.position) as "to"
    from beginning, ending`.execute(db);
  const { from, end, to } = rows[0]!;
  if (end === null) throw new SegmentRefused(`The log has no records of ${month} to export.`);
  if (to === null)
    throw new SegmentRefused(`No checkpoint covers ${month} yet: try again in a moment.`);
  return { from, to };
}
