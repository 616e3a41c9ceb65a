/** A day as the number of days since 1970-01-01: cheap to compare and to count with. */
export type Day = number;

const DAY_MS = 86_400_000;
const texts = new Map<Day, string>();

/** `YYYY-MM-DD` to a day. */
export function day(text: string): Day {
  return Date.parse(`${text}T00:00:00Z`) / DAY_MS;
}

/** A day to `YYYY-MM-DD`. At most one text per day of two centuries is kept. */
export function iso(value: Day): string {
  let text = texts.get(value);
  if (text === undefined) {
    text = new Date(value * DAY_MS).toISOString().slice(0, 10);
    texts.set(value, text);
  }
  return text;
}

export function yearOf(value: Day): number {
  return new Date(value * DAY_MS).getUTCFullYear();
}

/** The same day of the month `years` later; 29 February becomes 1 March. */
export function addYears(value: Day, years: number): Day {
  const date = new Date(value * DAY_MS);
  return Date.UTC(date.getUTCFullYear() + years, date.getUTCMonth(), date.getUTCDate()) / DAY_MS;
}

/** Whole years of age. */
export function ageOn(born: Day, on: Day): number {
  const a = new Date(born * DAY_MS);
  const b = new Date(on * DAY_MS);
  const before =
    b.getUTCMonth() < a.getUTCMonth() ||
    (b.getUTCMonth() === a.getUTCMonth() && b.getUTCDate() < a.getUTCDate());
  return b.getUTCFullYear() - a.getUTCFullYear() - (before ? 1 : 0);
}

/** The last day of the month that a day lies in. */
export function endOfMonth(value: Day): Day {
  const date = new Date(value * DAY_MS);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0) / DAY_MS;
}

/** 1 January of a year. */
export function newYear(year: number): Day {
  return Date.UTC(year, 0, 1) / DAY_MS;
}

/** The day the country is a picture of: nothing in it happened later. */
export const TODAY: Day = day("2026-11-15");
/** The first day of the two-level administrative units. */
export const REFORM: Day = day("2025-07-01");
/** The first day on which the personal identification number served as social insurance number. */
export const PIN_IS_INSURANCE_NUMBER: Day = day("2025-08-01");
