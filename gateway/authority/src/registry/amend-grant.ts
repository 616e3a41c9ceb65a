import { randomUUID } from "node:crypto";
import { catalogueError } from "@truc/contracts";
import type { Database } from "@truc/service";
import * as z from "zod";
import { ScopeNames } from "../platform-definition.ts";
import { type Change, type ChangeOrder, changeRegistry } from "./change.ts";
import {
  approvingOwners,
  closeAmendment,
  decided,
  findLiveGrantRow,
  type GrantRow,
  scopesWith,
} from "./grant-rows.ts";
import { checkPeriod } from "./period.ts";
import { Day } from "./plain-forms.ts";
import { readInput } from "./read-input.ts";
import { demandScopes, demandWithinCeiling } from "./scopes.ts";
import { covers, type Terms } from "./terms.ts";
import { TermsInput, termsFrom } from "./terms-input.ts";
import { administers, demand } from "./who.ts";

const GrantChange = TermsInput.extend({
  grant: z.string().max(36),
  /** All that it is to hold; as it is unless stated. */
  scopes: ScopeNames.optional(),
  validUntil: Day.optional(),
});
export type GrantChange = z.input<typeof GrantChange>;

/** What a live grant is to become. */
interface Target {
  scopes: readonly string[];
  terms: Terms;
  validUntil: string;
}

/**
 * Changes a live grant. What narrows it takes effect at once, asked for by an owner of its scopes or by the agency; what
 * widens it becomes an amendment, which only the agency may ask for and the owners decide on.
 *
 * @throws REGISTRY_GRANT_UNKNOWN, REGISTRY_GRANT_STATE, REGISTRY_FORBIDDEN, REGISTRY_INPUT_INVALID,
 *   REGISTRY_NOT_NARROWER, REGISTRY_SCOPE_NOT_OWNED for an owner who drops another's scope, and what a request is
 *   refused with
 */
export async function amendGrant(
  db: Database,
  order: ChangeOrder,
  given: GrantChange,
): Promise<void> {
  await changeRegistry(db, order, async (change) => {
    const { grant: id, scopes, validUntil, ...stated } = readInput(GrantChange, given);
    const grant = await findLiveGrantRow(change, id);
    const target = {
      scopes: [...new Set(scopes ?? scopesWith(grant, "approved"))],
      terms: termsFrom(stated, grant.terms),
      validUntil: validUntil ?? grant.validUntil,
    };
    await demandScopes(change, target.scopes);
    await changeLiveGrant(change, grant, target);
  });
}

/** See {@link amendGrant}; who may do it is judged here. */
export async function changeLiveGrant(
  change: Change,
  grant: GrantRow,
  target: Target,
): Promise<void> {
  const { who, today } = change;
  const isAgency = administers(who, "agency-admin", grant.agency);
  const owners = await approvingOwners(change, grant.id);
  demand(isAgency || owners.some((owner) => administers(who, "owner-admin", owner)));
  const held = scopesWith(grant, "approved");
  const added = target.scopes.filter((scope) => !held.includes(scope));
  const dropped = held.filter((scope) => !target.scopes.includes(scope));
  const isLonger = target.validUntil > grant.validUntil;
  const isWider = !covers(grant.terms, target.terms) || isLonger;
  if (target.validUntil < today) throw catalogueError("REGISTRY_PERIOD_PAST");
  if (target.validUntil < grant.validFrom) throw catalogueError("REGISTRY_PERIOD_REVERSED");
  if (!isWider && added.length === 0) return await narrow(change, grant, { ...target, dropped });
  if (!isAgency) throw catalogueError("REGISTRY_NOT_NARROWER");
  await demandNothingPending(change, grant);
  if (isLonger) checkPeriod(today, target.validUntil, today);
  await demandWithinCeiling(change, grant.purpose, added);
  if (dropped.length > 0)
    await narrow(change, grant, { terms: grant.terms, validUntil: grant.validUntil, dropped });
  for (const scope of dropped) grant.scopes.set(scope, "withdrawn");
  await writeAmendment(change, grant, target, sameTerms(grant, target) ? added : target.scopes);
}

/** Whether an amendment leaves everything but the scopes as it is. */
export function sameTerms(
  grant: Pick<GrantRow, "terms" | "validUntil">,
  target: Pick<Target, "terms" | "validUntil">,
): boolean {
  return (
    grant.validUntil === target.validUntil &&
    covers(grant.terms, target.terms) &&
    covers(target.terms, grant.terms)
  );
}

async function demandNothingPending({ tx }: Change, grant: GrantRow): Promise<void> {
  const open = await tx
    .selectFrom("amendment")
    .select("id")
    .where("grant_id", "=", grant.id)
    .where("open", "=", 1)
    .executeTakeFirst();
  if (open !== undefined || scopesWith(grant, "requested").length > 0)
    throw catalogueError("REGISTRY_REQUEST_PENDING");
}

/** Takes effect at once; an amendment that was approved in part would undo it, so it is closed. */
async function narrow(
  change: Change,
  grant: GrantRow,
  { terms, validUntil, dropped }: Omit<Target, "scopes"> & { dropped: readonly string[] },
): Promise<void> {
  const { tx, who } = change;
  if (dropped.length === 0 && sameTerms(grant, { terms, validUntil }))
    throw catalogueError("REGISTRY_NOTHING_CHANGES");
  if (!administers(who, "agency-admin", grant.agency)) {
    const owners = await demandScopes(change, dropped);
    if (dropped.some((scope) => !administers(who, "owner-admin", owners.get(scope)!)))
      throw catalogueError("REGISTRY_SCOPE_NOT_OWNED");
  }
  if (dropped.length > 0)
    await tx
      .updateTable("grant_scope")
      .set(decided(change, "withdrawn"))
      .where("grant_id", "=", grant.id)
      .where("scope", "in", dropped)
      .execute();
  await tx
    .updateTable("grant_")
    .set({ terms: JSON.stringify(terms), valid_until: validUntil })
    .where("id", "=", grant.id)
    .execute();
  const closed = await closeAmendment(change, grant, "withdrawn");
  change.record({
    what: "narrow",
    kind: "grant",
    subject: grant.id,
    old: {
      scopes: scopesWith(grant, "approved"),
      terms: grant.terms,
      validUntil: grant.validUntil,
    },
    new: {
      scopes: scopesWith(grant, "approved").filter((scope) => !dropped.includes(scope)),
      terms,
      validUntil,
      ...(closed && { amendment: "withdrawn" }),
    },
  });
}

/** @param asked every scope that an owner must decide on: of new terms, all of them */
async function writeAmendment(
  change: Change,
  grant: GrantRow,
  { terms, validUntil }: Target,
  asked: readonly string[],
): Promise<void> {
  const { tx, who, at, reason } = change;
  const id = randomUUID();
  await tx
    .insertInto("amendment")
    .values({
      id,
      grant_id: grant.id,
      status: "requested",
      open: 1,
      terms: JSON.stringify(terms),
      valid_until: validUntil,
      requested_by: who.id,
      requested_at: at,
      reason,
    })
    .execute();
  await tx
    .insertInto("amendment_scope")
    .values(asked.map((scope) => ({ amendment: id, scope, decision: "requested" as const })))
    .execute();
  change.record({
    what: "amend",
    kind: "grant",
    subject: grant.id,
    old: {
      scopes: scopesWith(grant, "approved"),
      terms: grant.terms,
      validUntil: grant.validUntil,
    },
    new: { asked, terms, validUntil },
  });
}
