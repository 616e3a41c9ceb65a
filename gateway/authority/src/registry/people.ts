import { catalogueError } from "@truc/contracts";
import type { Database } from "@truc/service";
import * as z from "zod";
import { PersonId, Name, Pin, PersonRole } from "../platform-definition.ts";
import { unlessThere } from "../unless-there.ts";
import { type Change, type ChangeOrder, changeRegistry, OPERATOR_KEY } from "./change.ts";
import { readInput } from "./read-input.ts";
import { dropProposal, proposeRoles } from "./role-proposals.ts";
import { needsSecondOperator } from "./role-rules.ts";
import { differenceOf, distinct, replaceRoles, rolesOf } from "./role-rows.ts";
import { demand, isOperator } from "./who.ts";

const Roles = z.array(PersonRole).max(20);
const NewPerson = z.strictObject({
  id: PersonId,
  name: Name,
  roles: Roles.default([]),
  pin: Pin.nullable().default(null),
});
export type NewPerson = z.input<typeof NewPerson>;

/**
 * An operator registers somebody who acts here, with roles that need no second operator. Her PIN, where she has one, goes into the table and never into the
 * history.
 * @throws REGISTRY_FORBIDDEN, REGISTRY_INPUT_INVALID, REGISTRY_AGENCY_UNKNOWN, REGISTRY_ID_TAKEN,
 *   REGISTRY_SECOND_OPERATOR
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
    if (await needsSecondOperator(change, { added: sorted, taken: [] }))
      throw catalogueError("REGISTRY_SECOND_OPERATOR", {
        sentence:
          "This takes two operators: register the person without these roles, and propose them afterwards.",
      });
    // Citizens become known by signing in, beside this change: then the number is taken by now.
    const insert = change.tx.insertInto("person").values({ id, name, pin, status: "active" });
    const { numInsertedOrUpdatedRows } = await unlessThere(
      change,
      insert,
    ).executeTakeFirstOrThrow();
    if (numInsertedOrUpdatedRows !== 1n) throw catalogueError("REGISTRY_ID_TAKEN");
    await replaceRoles(change, id, sorted);
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
 * Makes a person's roles exactly these, or proposes them to a second operator where one is needed: see
 * {@link needsSecondOperator}. A proposal takes the place of an earlier one for the same person, and roles that are set
 * at once do away with it.
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
    await demandPerson(change, person);
    if (person === change.who.id) throw catalogueError("REGISTRY_OWN_ROLES");
    const before = await rolesOf(change, person);
    const difference = differenceOf(before, roles);
    if (difference.added.length + difference.taken.length === 0)
      throw catalogueError("REGISTRY_NOTHING_CHANGES");
    if (await needsSecondOperator(change, difference))
      return await proposeRoles(change, { person, roles, before });
    await dropProposal(change, person);
    await replaceRoles(change, person, roles);
    change.record({
      what: "set-roles",
      kind: "person",
      subject: person,
      old: { roles: before },
      new: { roles },
    });
  });
}

/** @throws REGISTRY_PERSON_UNKNOWN */
async function demandPerson({ tx }: Change, id: string): Promise<void> {
  const known = await tx.selectFrom("person").select("id").where("id", "=", id).executeTakeFirst();
  if (known === undefined) throw catalogueError("REGISTRY_PERSON_UNKNOWN");
}
