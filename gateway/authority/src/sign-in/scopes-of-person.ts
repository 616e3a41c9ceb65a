import type { Database } from "@truc/service";
import { isStaff, rolesToday } from "../registry/who.ts";
import { tablesOf } from "../tables.ts";

/** The scopes that open the platform's own affairs, whatever they are. */
const PLATFORM = "platform:";

/**
 * What of an authorization's scopes a person's token may have: those of the platform are for people who hold an office
 * at the registry today, an operator's, an auditor's or an administrator's of an active agency. A citizen who signs in
 * through a system of the staff gets the rest.
 */
export async function scopesOfPerson(
  db: Database,
  person: string,
  scopes: Iterable<string>,
): Promise<string[]> {
  const all = [...scopes];
  if (!all.some((scope) => scope.startsWith(PLATFORM))) return all;
  if (isStaff({ roles: await rolesToday(tablesOf(db), person) })) return all;
  return all.filter((scope) => !scope.startsWith(PLATFORM));
}
