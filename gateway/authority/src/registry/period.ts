import { catalogueError } from "@truc/contracts";
import { monthsAfter } from "../platform-definition.ts";

/** How long a grant lasts at most. */
export const MAX_GRANT_MONTHS = 24;

/**
 * Checks a grant's first and last day, YYYY-MM-DD in Viet Nam.
 * @throws REGISTRY_PERIOD_REVERSED, REGISTRY_PERIOD_PAST or REGISTRY_PERIOD_TOO_LONG
 */
export function checkPeriod(from: string, until: string, today: string): void {
  if (until < from) throw catalogueError("REGISTRY_PERIOD_REVERSED");
  if (from < today) throw catalogueError("REGISTRY_PERIOD_PAST");
  if (until > monthsAfter(from, MAX_GRANT_MONTHS)) throw catalogueError("REGISTRY_PERIOD_TOO_LONG");
}
