import { randomUUID } from "node:crypto";
import { catalogueError } from "@truc/contracts";
import type { Decision, GrantStatus, Tables } from "../tables.ts";
import type { Change } from "./change.ts";
import { readTerms, type Terms } from "./terms.ts";

type Reading = Pick<Change, "tx">;

/** A grant as changes work on it. */
export interface GrantRow {
  id: string;
  system: string;
  /** The system's. */
  agency: string;
  purpose: string;
  status: GrantStatus;
  live: 1 | null;
  terms: Terms;
  validFrom: string;
  validUntil: string;
  requestedBy: string | null;
  /** By name. */
  scopes: Map<string, Decision>;
}

/** A grant as it comes in. */
export interface NewGrant {
  system: string;
  purpose: string;
  scopes: readonly string[];
  terms: Terms;
  /** First and last day, YYYY-MM-DD in Viet Nam. */
  validFrom: string;
  validUntil: string;
}

/**
 * Writes a grant down, asked for by who makes the change: undecided, or approved whole by the same.
 * @returns its id
 */
export async function insertGrant(
  change: Change,
  grant: NewGrant,
  decision: "requested" | "approved",
): Promise<string> {
  const { tx, who, at, reason } = change;
  const id = randomUUID();
  await tx
    .insertInto("grant_")
    .values({
      id,
      system: grant.system,
      purpose: grant.purpose,
      status: decision === "approved" ? "active" : "requested",
      live: 1,
      valid_from: grant.validFrom,
      valid_until: grant.validUntil,
      terms: JSON.stringify(grant.terms),
      requested_by: who.id,
      requested_at: at,
      reason,
    })
    .execute();
  const word = decision === "approved" ? decided(change, decision) : { decision };
  await tx
    .insertInto("grant_scope")
    .values([...new Set(grant.scopes)].map((scope) => ({ grant_id: id, scope, ...word })))
    .execute();
  return id;
}

/** @throws REGISTRY_GRANT_UNKNOWN */
export async function findGrant(change: Reading, id: string): Promise<GrantRow> {
  const grant = await readGrant(change, { id });
  if (grant === undefined) throw catalogueError("REGISTRY_GRANT_UNKNOWN");
  return grant;
}

/** @throws REGISTRY_GRANT_UNKNOWN, REGISTRY_GRANT_STATE for one that has ended in whichever way */
export async function findLiveGrantRow(change: Change, id: string): Promise<GrantRow> {
  const grant = await findGrant(change, id);
  if (grant.live === null || grant.validUntil < change.today)
    throw catalogueError("REGISTRY_GRANT_STATE");
  return grant;
}

/** The grant of a system for a purpose that has not ended by a decision; its last day may be over. */
export async function liveGrantOf(
  change: Reading,
  system: string,
  purpose: string,
): Promise<GrantRow | undefined> {
  return await readGrant(change, { system, purpose, live: 1 });
}

async function readGrant(
  { tx }: Reading,
  key: Partial<Pick<Tables["grant_"], "id" | "system" | "purpose" | "live">>,
): Promise<GrantRow | undefined> {
  let query = tx
    .selectFrom("grant_")
    .innerJoin("system", "system.id", "grant_.system")
    .selectAll("grant_")
    .select("system.agency");
  for (const [column, value] of Object.entries(key))
    query = query.where(`grant_.${column as "id"}`, "=", value as string);
  const row = await query.executeTakeFirst();
  if (row === undefined) return undefined;
  const scopes = await tx
    .selectFrom("grant_scope")
    .select(["scope", "decision"])
    .where("grant_id", "=", row.id)
    .orderBy("scope")
    .execute();
  return {
    id: row.id,
    system: row.system,
    agency: row.agency,
    purpose: row.purpose,
    status: row.status,
    live: row.live,
    terms: readTerms(row.terms),
    validFrom: row.valid_from,
    validUntil: row.valid_until,
    requestedBy: row.requested_by,
    scopes: new Map(scopes.map(({ scope, decision }) => [scope, decision])),
  };
}

/** The names of a grant's scopes on which there is this decision. */
export function scopesWith({ scopes }: Pick<GrantRow, "scopes">, decision: Decision): string[] {
  return [...scopes].filter(([, each]) => each === decision).map(([scope]) => scope);
}

/** The scopes that a grant holds → their owners. */
export async function heldScopes(tx: Reading["tx"], grant: string): Promise<Map<string, string>> {
  const rows = await tx
    .selectFrom("grant_scope")
    .innerJoin("scope", "scope.name", "grant_scope.scope")
    .select(["scope.name", "scope.owner"])
    .where("grant_scope.grant_id", "=", grant)
    .where("grant_scope.decision", "=", "approved")
    .orderBy("scope.owner")
    .orderBy("scope.name")
    .execute();
  return new Map(rows.map(({ name, owner }) => [name, owner]));
}

/** Who owns scopes of a grant and has approved them. */
export async function approvingOwners({ tx }: Reading, grant: string): Promise<string[]> {
  return [...new Set((await heldScopes(tx, grant)).values())];
}

/** A decision, as it is written beside a scope. */
export function decided(
  { who, at, reason }: Change,
  decision: Decision,
): Omit<Tables["amendment_scope"], "amendment" | "scope"> {
  return { decision, decided_by: who.id, decided_at: at, reason };
}

/** Ends a grant for good; what was asked for beyond it falls with it. */
export async function endGrant(
  change: Change,
  grant: Pick<GrantRow, "id">,
  status: "revoked" | "rejected" | "ended",
): Promise<void> {
  await change.tx
    .updateTable("grant_")
    .set({ status, live: null })
    .where("id", "=", grant.id)
    .execute();
  await closeAmendment(change, grant, "withdrawn");
}

/** Closes a grant's open amendment, where there is one. @returns whether there was */
export async function closeAmendment(
  change: Change,
  grant: Pick<GrantRow, "id">,
  status: Exclude<Decision, "requested">,
): Promise<boolean> {
  const open = await change.tx
    .selectFrom("amendment")
    .select("id")
    .where("grant_id", "=", grant.id)
    .where("open", "=", 1)
    .executeTakeFirst();
  if (open === undefined) return false;
  await change.tx
    .updateTable("amendment")
    .set({ status, open: null })
    .where("id", "=", open.id)
    .execute();
  await change.tx
    .updateTable("amendment_scope")
    .set(decided(change, "withdrawn"))
    .where("amendment", "=", open.id)
    .where("decision", "=", "requested")
    .execute();
  return true;
}
