import { randomUUID } from "node:crypto";
import { catalogueError } from "@truc/contracts";
import type { Database } from "@truc/service";
import type { PersonRole } from "../platform-definition.ts";
import type { Tables } from "../tables.ts";
import { type Change, type ChangeOrder, changeRegistry } from "./change.ts";
import { needsSecondOperator } from "./role-rules.ts";
import { differenceOf, replaceRoles, rolesOf } from "./role-rows.ts";
import { demand, isOperator, readWho } from "./who.ts";

/** A proposal, by whose roles they are to be and by the id under which it was looked at. */
export interface ProposalKey {
  person: string;
  proposal: string;
}

/** Keeps roles until a second operator confirms them, in place of what was proposed for the person before. */
export async function proposeRoles(
  change: Change,
  { person, roles, before }: { person: string; roles: PersonRole[]; before: PersonRole[] },
): Promise<void> {
  await dropProposal(change, person);
  const id = randomUUID();
  await change.tx
    .insertInto("role_proposal")
    .values({
      id,
      person,
      roles: JSON.stringify(roles),
      roles_before: JSON.stringify(before),
      proposed_by: change.who.id,
      proposed_at: change.at,
      reason: change.reason,
    })
    .execute();
  change.record({
    what: "propose-roles",
    kind: "person",
    subject: person,
    old: { roles: before },
    new: { proposal: id, roles },
  });
}

/** Does away with what is proposed for a person, if anything is. */
export async function dropProposal({ tx }: Change, person: string): Promise<void> {
  await tx.deleteFrom("role_proposal").where("person", "=", person).execute();
}

/**
 * A second operator makes proposed roles a person's. Everything is judged again as it stands now: who proposed them must
 * still be an operator, the person's roles must be what they were, and nobody of the agency may have come back to decide.
 * @throws REGISTRY_FORBIDDEN, REGISTRY_REQUEST_CHANGED, REGISTRY_OWN_ROLES, REGISTRY_SECOND_OPERATOR,
 *   REGISTRY_AGENCY_UNKNOWN
 */
export async function confirmRoles(
  db: Database,
  order: ChangeOrder,
  given: ProposalKey,
): Promise<void> {
  await changeRegistry(db, order, async (change) => {
    const row = await findProposal(change, given);
    const { person, proposed_by: proposedBy } = row;
    if (proposedBy === change.who.id) throw catalogueError("REGISTRY_SECOND_OPERATOR");
    demand(isOperator(await readWho(change.tx, proposedBy)));
    const before = await rolesOf(change, person);
    if (JSON.stringify(before) !== row.roles_before)
      throw catalogueError("REGISTRY_REQUEST_CHANGED");
    const roles = JSON.parse(row.roles) as PersonRole[];
    await needsSecondOperator(change, differenceOf(before, roles));
    await dropProposal(change, person);
    await replaceRoles(change, person, roles);
    change.record({
      what: "confirm-roles",
      kind: "person",
      subject: person,
      old: { roles: before },
      new: { roles, proposal: row.id, proposedBy },
    });
  });
}

/**
 * An operator drops proposed roles, also her own proposal.
 * @throws REGISTRY_FORBIDDEN, REGISTRY_REQUEST_CHANGED, REGISTRY_OWN_ROLES
 */
export async function rejectRoles(
  db: Database,
  order: ChangeOrder,
  given: ProposalKey,
): Promise<void> {
  await changeRegistry(db, order, async (change) => {
    const { id, person, roles, proposed_by: proposedBy } = await findProposal(change, given);
    await dropProposal(change, person);
    change.record({
      what: "reject-roles",
      kind: "person",
      subject: person,
      old: { proposal: id, roles: JSON.parse(roles) as PersonRole[], proposedBy },
      new: null,
    });
  });
}

/** A proposal, for operators whom it is not about. */
async function findProposal(
  { tx, who }: Change,
  { person, proposal }: ProposalKey,
): Promise<Tables["role_proposal"]> {
  demand(isOperator(who));
  if (person === who.id) throw catalogueError("REGISTRY_OWN_ROLES");
  const row = await tx
    .selectFrom("role_proposal")
    .selectAll()
    .where("person", "=", person)
    .where("id", "=", proposal)
    .executeTakeFirst();
  if (row === undefined) throw catalogueError("REGISTRY_REQUEST_CHANGED");
  return row;
}
