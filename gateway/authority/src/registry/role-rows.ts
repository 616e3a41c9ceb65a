import type { PersonRole } from "../platform-definition.ts";
import type { Change } from "./change.ts";
import type { RoleChange } from "./role-rules.ts";

/** A person's roles, sorted. */
export async function rolesOf({ tx }: Change, person: string): Promise<PersonRole[]> {
  const rows = await tx
    .selectFrom("person_role")
    .select(["role", "agency"])
    .where("person", "=", person)
    .execute();
  return distinct(rows);
}

/** Makes a person's roles exactly these; who may is judged before. */
export async function replaceRoles(
  { tx }: Change,
  person: string,
  roles: readonly PersonRole[],
): Promise<void> {
  await tx.deleteFrom("person_role").where("person", "=", person).execute();
  if (roles.length === 0) return;
  await tx
    .insertInto("person_role")
    .values(roles.map(({ role, agency }) => ({ person, role, agency })))
    .execute();
}

/** What has to be given and taken to make one list of roles another. */
export function differenceOf(
  before: readonly PersonRole[],
  after: readonly PersonRole[],
): RoleChange {
  const names = (list: readonly PersonRole[]): string[] => list.map(nameOf);
  return {
    added: after.filter((role) => !names(before).includes(nameOf(role))),
    taken: before.filter((role) => !names(after).includes(nameOf(role))),
  };
}

/** Each role once, in one order and one form, as the history writes them. */
export function distinct(roles: readonly PersonRole[]): PersonRole[] {
  return [...new Map(roles.map((role) => [nameOf(role), role])).entries()]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([, { role, agency }]) => ({ role, agency }));
}

function nameOf({ role, agency }: PersonRole): string {
  return agency === null ? role : `${role} ${agency}`;
}
