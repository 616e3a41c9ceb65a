const DAY_MS = 86_400_000;
const OFFSET_MS = 7 * 3_600_000;

/** Texts of days, of which the one that was asked for last is nearly always the next one. */
class Days {
  #number = Number.NaN;
  #day = "";

  /** @throws RangeError for what is no time */
  of(time: number): string {
    const number = Math.floor(time / DAY_MS);
    if (number !== this.#number) {
      this.#day = new Date(time).toISOString().slice(0, 10);
      this.#number = number;
    }
    return this.#day;
  }
}

const inVietNam = new Days();
const inUtc = new Days();

/**
 * The day it is in Viet Nam (UTC+7 all year) at an instant, now unless stated, YYYY-MM-DD: the calendar that grants are valid by and people
 * come of age by.
 */
export function dayInVietNam(now = new Date()): string {
  return inVietNam.of(now.getTime() + OFFSET_MS);
}

/** The day (UTC) of a moment, YYYY-MM-DD. @param time milliseconds since the epoch @throws RangeError for what is no time */
export function dayOf(time: number): string {
  return inUtc.of(time);
}
