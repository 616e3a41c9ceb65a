const DAY_MS = 86_400_000;
const OFFSET_MS = 7 * 3_600_000;

/** The day that was asked for last, by its number: it mostly is today. */
let last = { number: Number.NaN, day: "" };

/**
 * The day it is in Viet Nam (UTC+7 all year) at an instant, now unless stated, YYYY-MM-DD: the calendar that grants are valid by and people
 * come of age by.
 */
export function dayInVietNam(now = new Date()): string {
  const there = now.getTime() + OFFSET_MS;
  const number = Math.floor(there / DAY_MS);
  if (number !== last.number) last = { number, day: new Date(there).toISOString().slice(0, 10) };
  return last.day;
}
