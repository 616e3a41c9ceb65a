import { InvalidArgumentError } from "commander";

/** How a grant may stand, and whose records it may reach: the registry's words as they are typed. */
export const STATUSES = ["requested", "active", "suspended", "revoked", "rejected", "ended"];
export const SUBJECTS = ["any", "self", "household"];

/** Takes one of these words, in any case. @returns it as the registry spells it */
export function oneOf(words: readonly string[]): (text: string) => string {
  return (text) => {
    const word = text.toLowerCase();
    if (words.includes(word)) return word.toUpperCase();
    throw new InvalidArgumentError(`Choose one of ${words.join(", ")}.`);
  };
}

/** Takes a whole number between the two, both included. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const number = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
    if (number >= least && number <= most) return number;
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  };
}

/** Takes a day of the calendar, YYYY-MM-DD. */
export function day(text: string): string {
  const moment = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  if (!Number.isNaN(moment) && new Date(moment).toISOString().startsWith(text)) return text;
  throw new InvalidArgumentError("It must be a day of the calendar, YYYY-MM-DD.");
}

/** Takes names separated by commas or spaces. */
export function names(text: string): string[] {
  const found = text.split(/[\s,]+/).filter((name) => name !== "");
  if (found.length > 0) return [...new Set(found)];
  throw new InvalidArgumentError("It names nothing.");
}
