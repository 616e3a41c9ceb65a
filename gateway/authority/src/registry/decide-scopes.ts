import { catalogueError } from "@truc/contracts";
import type { Database } from "@truc/service";
import * as z from "zod";
import { ScopeNames } from "../platform-definition.ts";
import type { Decision } from "../tables.ts";
import { sameTerms } from "./amend-grant.ts";
import { type Change, type ChangeOrder, changeRegistry } from "./change.ts";
import {
  closeAmendment,
  decided,
  endGrant,
  findLiveGrantRow,
  type GrantRow,
  scopesWith,
} from "./grant-rows.ts";
import { readInput } from "./read-input.ts";
import { demandScopes, demandWithinCeiling } from "./scopes.ts";
import { readTerms, type Terms } from "./terms.ts";
import { administers } from "./who.ts";

const ScopeDecision = z.strictObject({
  grant: z.string().max(36),
  /** The id of the open request, as it was looked at: what was asked for instead since is not decided by it. */
  request: z.string().max(36),
  scopes: ScopeNames,
});
export type ScopeDecision = z.input<typeof ScopeDecision>;

/**
 * An owner's administrator lets a grant have scopes that were asked for. The grant works as soon as the first of its
 * scopes is approved, as far as they are.
 * @throws REGISTRY_GRANT_UNKNOWN, REGISTRY_GRANT_STATE, REGISTRY_SCOPE_UNKNOWN, REGISTRY_SCOPE_NOT_OWNED,
 *   REGISTRY_REQUEST_CHANGED when that request is not the open one, REGISTRY_SCOPE_NOT_PENDING, REGISTRY_OWN_REQUEST, REGISTRY_SCOPE_BEYOND_CEILING
 */
export async function approveScopes(
  db: Database,
  order: ChangeOrder,
  given: ScopeDecision,
): Promise<void> {
  await decide(db, order, given, "approved");
}

/** An owner's administrator refuses scopes that were asked for; a grant with none left is rejected. Throws as above. */
export async function rejectScopes(
  db: Database,
  order: ChangeOrder,
  given: ScopeDecision,
): Promise<void> {
  await decide(db, order, given, "rejected");
}

/** A grant has one open request at most: its first, known by the grant's own id, or an amendment. */
interface OpenRequest {
  id: string;
  requestedBy: string | null;
  scopes: Map<string, Decision>;
  /** Undefined of a first request. */
  amendment?: OpenAmendment;
}

interface OpenAmendment {
  id: string;
  requestedBy: string;
  terms: Terms;
  validUntil: string;
  scopes: Map<string, Decision>;
}

async function decide(
  db: Database,
  order: ChangeOrder,
  given: ScopeDecision,
  decision: "approved" | "rejected",
): Promise<void> {
  await changeRegistry(db, order, async (change) => {
    const { grant: id, request, ...read } = readInput(ScopeDecision, given);
    const scopes = [...new Set(read.scopes)];
    const grant = await findLiveGrantRow(change, id);
    const owners = await demandScopes(change, scopes);
    if (scopes.some((scope) => !administers(change.who, "owner-admin", owners.get(scope)!)))
      throw catalogueError("REGISTRY_SCOPE_NOT_OWNED");
    const open = await openRequest(change, grant);
    if (open === undefined || open.id !== request) throw catalogueError("REGISTRY_REQUEST_CHANGED");
    if (scopes.some((scope) => open.scopes.get(scope) !== "requested"))
      throw catalogueError("REGISTRY_SCOPE_NOT_PENDING");
    if (open.requestedBy === change.who.id) throw catalogueError("REGISTRY_OWN_REQUEST");
    if (decision === "approved") await demandWithinCeiling(change, grant.purpose, scopes);
    const outcome: Record<string, unknown> = {};
    if (open.amendment === undefined) await decideRequest(change, grant, scopes, decision, outcome);
    else await decideAmendment(change, grant, open.amendment, scopes, decision, outcome);
    change.record({
      what: decision === "approved" ? "approve" : "reject",
      kind: "grant",
      subject: grant.id,
      old: { status: grant.status, request, decisions: each(scopes, "requested") },
      new: { status: grant.status, decisions: each(scopes, decision), ...outcome },
    });
  });
}

function each(scopes: readonly string[], decision: Decision): Record<string, Decision> {
  return Object.fromEntries(scopes.map((scope) => [scope, decision]));
}

/** @param outcome gets what became of the grant, for the history */
async function decideRequest(
  change: Change,
  grant: GrantRow,
  scopes: readonly string[],
  decision: "approved" | "rejected",
  outcome: Record<string, unknown>,
): Promise<void> {
  await change.tx
    .updateTable("grant_scope")
    .set(decided(change, decision))
    .where("grant_id", "=", grant.id)
    .where("scope", "in", scopes)
    .execute();
  for (const scope of scopes) grant.scopes.set(scope, decision);
  if (grant.status !== "requested") return;
  if (decision === "approved") {
    await change.tx
      .updateTable("grant_")
      .set({ status: "active" })
      .where("id", "=", grant.id)
      .execute();
    outcome["status"] = "active";
  } else if (scopesWith(grant, "requested").length === 0) {
    await endGrant(change, grant, "rejected");
    outcome["status"] = "rejected";
  }
}

/**
 * Further scopes under the terms there are take effect one by one. New terms bind every scope alike, so they take effect,
 * and with them the scopes approved under them, once the owners of all that the grant holds have agreed; one of them who
 * does not ends the amendment, and the grant stays as it is.
 */
async function decideAmendment(
  change: Change,
  grant: GrantRow,
  amendment: OpenAmendment,
  scopes: readonly string[],
  decision: "approved" | "rejected",
  outcome: Record<string, unknown>,
): Promise<void> {
  const { tx } = change;
  await tx
    .updateTable("amendment_scope")
    .set(decided(change, decision))
    .where("amendment", "=", amendment.id)
    .where("scope", "in", scopes)
    .execute();
  for (const scope of scopes) amendment.scopes.set(scope, decision);
  const isOnNewTerms = !sameTerms(grant, amendment);
  const wordsOnHeld = isOnNewTerms
    ? scopesWith(grant, "approved").map((scope) => amendment.scopes.get(scope))
    : [];
  if (wordsOnHeld.includes("rejected")) {
    await closeAmendment(change, grant, "rejected");
    outcome["amendment"] = "rejected";
    return;
  }
  const approved = scopesWith(amendment, "approved");
  const inForce = approved.length > 0 && wordsOnHeld.every((word) => word === "approved");
  // A grant that has lost all it held takes its new terms together with the first scope: none is ever given under others
  // than its owner agreed to.
  if (inForce && isOnNewTerms) {
    const { terms, validUntil } = amendment;
    await tx
      .updateTable("grant_")
      .set({ terms: JSON.stringify(terms), valid_until: validUntil })
      .where("id", "=", grant.id)
      .execute();
    Object.assign(outcome, {
      terms,
      validUntil,
      before: { terms: grant.terms, validUntil: grant.validUntil },
    });
  }
  if (inForce) await addScopes(change, grant, approved);
  if (scopesWith(amendment, "requested").length > 0) return;
  const status = approved.length > 0 ? "approved" : "rejected";
  await closeAmendment(change, grant, status);
  outcome["amendment"] = status;
}

async function addScopes(
  change: Change,
  grant: GrantRow,
  scopes: readonly string[],
): Promise<void> {
  const { tx } = change;
  for (const scope of scopes) {
    const before = grant.scopes.get(scope);
    if (before === "approved") continue;
    const key = { grant_id: grant.id, scope };
    if (before === undefined)
      await tx
        .insertInto("grant_scope")
        .values({ ...key, ...decided(change, "approved") })
        .execute();
    else
      await tx
        .updateTable("grant_scope")
        .set(decided(change, "approved"))
        .where("grant_id", "=", grant.id)
        .where("scope", "=", scope)
        .execute();
  }
}

/** While a first request is undecided there is no amendment. */
async function openRequest(change: Change, grant: GrantRow): Promise<OpenRequest | undefined> {
  const { id, requestedBy, scopes } = grant;
  if (scopesWith(grant, "requested").length > 0) return { id, requestedBy, scopes };
  const amendment = await openAmendment(change, grant);
  return amendment && { ...amendment, amendment };
}

async function openAmendment({ tx }: Change, grant: GrantRow): Promise<OpenAmendment | undefined> {
  const row = await tx
    .selectFrom("amendment")
    .selectAll()
    .where("grant_id", "=", grant.id)
    .where("open", "=", 1)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const scopes = await tx
    .selectFrom("amendment_scope")
    .select(["scope", "decision"])
    .where("amendment", "=", row.id)
    .orderBy("scope")
    .execute();
  return {
    id: row.id,
    requestedBy: row.requested_by,
    terms: readTerms(row.terms),
    validUntil: row.valid_until,
    scopes: new Map(scopes.map(({ scope, decision }) => [scope, decision])),
  };
}
