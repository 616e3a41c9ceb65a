import * as z from "zod";

/** A calendar day, YYYY-MM-DD. */
export const Day = z.iso.date("a day is written YYYY-MM-DD, and is one of the calendar");

/** A whole number between two others, which says so under its own name. */
export function wholeNumber(name: string, min: number, max: number): z.ZodInt {
  const form = `${name} is a whole number from ${min} to ${max.toLocaleString("en")}`;
  return z.int(form).min(min, form).max(max, form);
}
