import { catalogueError } from "@truc/contracts";
import type { Database } from "@truc/service";
import * as z from "zod";
import { PersonId, Name, Pin, PersonRole } from "../platform-definition.ts";
import { demandAgency } from "./agencies.ts";
import { type Change, type ChangeOrder, changeRegistry, OPERATOR_KEY } from "./change.ts";
import { readInput } from "./read-input.ts";
import { administers, demand, isOperator } from "./who.ts";

const Roles = z.array(PersonRole).max(20);
const NewPerson = z.strictObject({
  id: PersonId,
  name: Name,
  roles: Roles.default([]),
  pin: Pin.nullable().default(null),
});
export type NewPerson = z.input<typeof NewPerson>;

/**
 * An operator registers somebody who acts here. Her PIN, where she has one, goes into the table and never into the
 * history.
 * @throws REGISTRY_FORBIDDEN, REGISTRY_INPUT_INVALID, REGISTRY_AGENCY_UNKNOWN, REGISTRY_ID_TAKEN
 */
export async function registerPerson(
  db: Database,
  order: ChangeOrder,
  given: NewPerson,
): Promise<void> {
  await changeRegistry(db, order, async (change) => {
    demand(isOperator(change.who));
    const { id, name, pin, roles } = readInput(NewPerson, given);
    const taken = await change.tx
      .selectFrom("person")
      .select("id")
      .where((where) =>
        where.or([where("id", "=", id), ...(pin === null ? [] : [where("pin", "=", pin)])]),
      )
      .executeTakeFirst();
    if (taken !== undefined || id === OPERATOR_KEY) throw catalogueError("REGISTRY_ID_TAKEN");
    const sorted = distinct(roles);
    await demandMayDecide(change, sorted);
    await change.tx.insertInto("person").values({ id, name, pin, status: "active" }).execute();
    await writeRoles(change, id, sorted);
    change.record({
      what: "register",
      kind: "person",
      subject: id,
      old: null,
      new: { name, status: "active", roles: sorted },
    });
  });
}

/**
 * Makes a person's roles exactly these. The platform's roles are for operators to give. An agency's are for those who
 * administer it, and for operators only as far as nobody does yet: an operator who could make up an owner's
 * administrator could give away what the owner owns. Operators may always take away.
 * @throws REGISTRY_PERSON_UNKNOWN, REGISTRY_OWN_ROLES, REGISTRY_FORBIDDEN, REGISTRY_AGENCY_UNKNOWN,
 *   REGISTRY_NOTHING_CHANGES
 */
export async function setRoles(
  db: Database,
  order: ChangeOrder,
  given: { person: string; roles: PersonRole[] },
): Promise<void> {
  await changeRegistry(db, order, async (change) => {
    const { person } = given;
    const roles = distinct(readInput(Roles, given.roles));
    const known = await change.tx
      .selectFrom("person")
      .select("id")
      .where("id", "=", person)
      .executeTakeFirst();
    if (known === undefined) throw catalogueError("REGISTRY_PERSON_UNKNOWN");
    if (person === change.who.id) throw catalogueError("REGISTRY_OWN_ROLES");
    const before = distinct(
      await change.tx
        .selectFrom("person_role")
        .select(["role", "agency"])
        .where("person", "=", person)
        .execute(),
    );
    const names = (list: readonly PersonRole[]): string[] => list.map(nameOf);
    const added = roles.filter((role) => !names(before).includes(nameOf(role)));
    const taken = before.filter((role) => !names(roles).includes(nameOf(role)));
    if (added.length + taken.length === 0) throw catalogueError("REGISTRY_NOTHING_CHANGES");
    if (!isOperator(change.who)) demand(taken.every((role) => administersFor(change, role)));
    await demandMayDecide(change, added);
    await change.tx.deleteFrom("person_role").where("person", "=", person).execute();
    await writeRoles(change, person, roles);
    change.record({
      what: "set-roles",
      kind: "person",
      subject: person,
      old: { roles: before },
      new: { roles },
    });
  });
}

async function demandMayDecide(change: Change, roles: readonly PersonRole[]): Promise<void> {
  for (const role of roles) {
    if (role.agency === null) {
      demand(isOperator(change.who));
      continue;
    }
    await demandAgency(change, role.agency);
    if (administersFor(change, role)) continue;
    demand(isOperator(change.who) && !(await isAdministered(change, role)));
  }
}

function administersFor({ who }: Change, { role, agency }: PersonRole): boolean {
  if (agency === null) return false;
  return (
    administers(who, "owner-admin", agency) ||
    (role === "agency-admin" && administers(who, "agency-admin", agency))
  );
}

async function isAdministered({ tx }: Change, { role, agency }: PersonRole): Promise<boolean> {
  const row = await tx
    .selectFrom("person_role")
    .innerJoin("person", "person.id", "person_role.person")
    .select("person.id")
    .where("person_role.role", "=", role)
    .where("person_role.agency", "=", agency)
    .where("person.status", "=", "active")
    .executeTakeFirst();
  return row !== undefined;
}

async function writeRoles(
  { tx }: Change,
  person: string,
  roles: readonly PersonRole[],
): Promise<void> {
  if (roles.length === 0) return;
  await tx
    .insertInto("person_role")
    .values(roles.map(({ role, agency }) => ({ person, role, agency })))
    .execute();
}

function nameOf({ role, agency }: PersonRole): string {
  return agency === null ? role : `${role} ${agency}`;
}

function distinct(roles: readonly PersonRole[]): PersonRole[] {
  return [...new Map(roles.map((role) => [nameOf(role), role])).entries()]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([, { role, agency }]) => ({ role, agency }));
}
