import { dayOf } from "@truc/contracts";
import { argumentInvalid } from "@truc/service";

/** Days in UTC, YYYY-MM-DD, both included. */
export interface Period {
  readonly from: string;
  readonly to: string;
}

const DEFAULT_DAYS = 30;
const MAX_MONTHS = 24;
const DAY_MS = 24 * 3_600_000;

/**
 * The period a report is about: as stated, else the 30 days up to today.
 * @throws GraphQLError ARGUMENT_INVALID naming `from` or `to`
 */
export function periodOf(args: { from?: string | null; to?: string | null }, now: Date): Period {
  const to = args.to ?? dayOf(now.getTime());
  const from = args.from ?? dayOf(Date.parse(to) - (DEFAULT_DAYS - 1) * DAY_MS);
  if (from > to) throw argumentInvalid("from", "a period begins on the day it ends or before");
  if (monthsLater(from, MAX_MONTHS) <= to)
    throw argumentInvalid("from", `a period has at most ${MAX_MONTHS} months`);
  return { from, to };
}

/** The first day that is no longer within so many months of a day; where that month is too short, the next one's first. */
function monthsLater(day: string, months: number): string {
  const [year = 0, month = 0, date = 0] = day.split("-").map(Number);
  return dayOf(Date.UTC(year, month - 1 + months, date));
}
