/** A month in UTC, `yyyy-mm`. */
export type Month = string;

/** @throws RangeError where a text is none */
export function checkedMonth(text: string): Month {
  if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(text)) throw new RangeError("a month is written yyyy-mm");
  return text;
}

/** The month of a moment. */
export function monthAt(time: Date): Month {
  return time.toISOString().slice(0, 7);
}

/** @param months may be negative */
export function addMonths(month: Month, months: number): Month {
  const [year = 0, number = 1] = month.split("-").map(Number);
  return monthAt(new Date(Date.UTC(year, number - 1 + months)));
}

/** The month's first day, as the column `month` of audit_batch has it. */
export function firstDayOf(month: Month): string {
  return `${month}-01`;
}

/** The first moment after a month. */
export function endOf(month: Month): Date {
  return new Date(`${addMonths(month, 1)}-01T00:00:00Z`);
}

/** The month's partition of audit_batch, as migration 0001 names it. */
export function partitionOf(month: Month): string {
  return `audit_batch_${month.replace("-", "_")}`;
}
