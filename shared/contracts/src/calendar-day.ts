/**
 * The day it is in Viet Nam (UTC+7 all year) at an instant, now unless stated, YYYY-MM-DD: the calendar that grants are valid by and people
 * come of age by.
 */
export function dayInVietNam(now = new Date()): string {
  return new Date(now.getTime() + 7 * 3_600_000).toISOString().slice(0, 10);
}
