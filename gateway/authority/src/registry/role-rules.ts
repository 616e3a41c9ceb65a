import type { PersonRole } from "../platform-definition.ts";
import { demandAgency } from "./agencies.ts";
import type { Change } from "./change.ts";
import { administers, demand, isOperator } from "./who.ts";

/** Roles that somebody is to get and to lose. */
export interface RoleChange {
  added: readonly PersonRole[];
  taken: readonly PersonRole[];
}

/** The changes of the history after which somebody had the roles that they name. */
const GIVING = ["register", "set-roles", "confirm-roles"];

/**
 * Judges a change of roles. An agency's roles are its administrators' to give and to take. An operator alone names the
 * first administrators of an agency that never had one, and gives the platform's roles. Whoever could name an
 * administrator by herself could give away what the agency owns or was granted, so two operators are needed where an
 * agency has had administrators and none is left to name another, to take one's role away, and to make an operator: a
 * second operator whom the first had made up would be none.
 *
 * @returns whether a second operator must confirm it
 * @throws REGISTRY_FORBIDDEN, REGISTRY_AGENCY_UNKNOWN
 */
export async function needsSecondOperator(
  change: Change,
  { added, taken }: RoleChange,
): Promise<boolean> {
  let needed = false;
  for (const role of added) {
    if (role.agency === null) {
      demand(isOperator(change.who));
      needed ||= role.role === "operator";
      continue;
    }
    await demandAgency(change, role.agency);
    if (isOwnToGive(change, role)) continue;
    demand(isOperator(change.who));
    if (!(await hasHadAdministrator(change, role.agency))) continue;
    demand(!(await hasActiveGiver(change, role)));
    needed = true;
  }
  for (const role of taken) {
    if (isOwnToGive(change, role)) continue;
    demand(isOperator(change.who));
    needed ||= role.agency !== null;
  }
  return needed;
}

/** The roles at an agency whose holders give this one to others. */
function giversOf({ role }: PersonRole): ("owner-admin" | "agency-admin")[] {
  return role === "agency-admin" ? ["owner-admin", "agency-admin"] : ["owner-admin"];
}

function isOwnToGive({ who }: Change, role: PersonRole): boolean {
  const { agency } = role;
  return agency !== null && giversOf(role).some((giver) => administers(who, giver, agency));
}

/** Whether anybody is left who may give a role; while the agency is suspended she cannot, and nobody does it for her. */
async function hasActiveGiver({ tx }: Change, role: PersonRole): Promise<boolean> {
  const row = await tx
    .selectFrom("person_role")
    .innerJoin("person", "person.id", "person_role.person")
    .select("person.id")
    .where("person_role.role", "in", giversOf(role))
    .where("person_role.agency", "=", role.agency)
    .where("person.status", "=", "active")
    .executeTakeFirst();
  return row !== undefined;
}

/** Whether an agency has an administrator of either kind, or ever had one, whatever has become of her. */
export async function hasHadAdministrator({ tx }: Change, agency: string): Promise<boolean> {
  const held = await tx
    .selectFrom("person_role")
    .select("person")
    .where("agency", "=", agency)
    .executeTakeFirst();
  if (held !== undefined) return true;
  // As JSON.stringify writes it; within a name its quotation marks would be escaped.
  const named = `%"agency":${JSON.stringify(agency)}%`;
  const line = await tx
    .selectFrom("history")
    .select("revision")
    .where("kind", "=", "person")
    .where("what", "in", GIVING)
    .where((where) =>
      where.or([where("new_value", "like", named), where("old_value", "like", named)]),
    )
    .executeTakeFirst();
  return line !== undefined;
}

/**
 * Demands that somebody may register systems of an agency and add their keys: its own administrator, and an operator only
 * while the agency never had one. Whoever adds a key to a system uses everything that the system was granted.
 * @throws REGISTRY_FORBIDDEN
 */
export async function demandMayEquip(change: Change, agency: string): Promise<void> {
  if (administers(change.who, "agency-admin", agency)) return;
  demand(isOperator(change.who) && !(await hasHadAdministrator(change, agency)));
}
