/**
 * The day it is in Viet Nam (UTC+7 all year) at an instant, now unless stated, YYYY-MM-DD: the calendar that grants are valid by and people
 * come of age by.
 */
export function dayInVietNam(now?: Date): string {
  const day = Math.floor(((now?.getTime() ?? Date.now()) + 7 * 3_600_000) / 86_400_000);
  if (day !== latest.day)
    latest = { day, text: new Date(day * 86_400_000).toISOString().slice(0, 10) };
  return latest.text;
}

/** The day that was asked for last: mostly today. */
let latest = { day: 0, text: "1970-01-01" };
