import { catalogueError } from "@truc/contracts";
import type { Database } from "@truc/service";
import { type ChangeOrder, changeRegistry } from "./change.ts";
import {
  approvingOwners,
  closeAmendment,
  decided,
  endGrant,
  findLiveGrantRow,
  scopesWith,
} from "./grant-rows.ts";
import { administers, demand, isOperator } from "./who.ts";

/**
 * Ends a grant for good: by an owner of any of its scopes, an operator, or the agency that has it.
 * @throws REGISTRY_GRANT_UNKNOWN, REGISTRY_GRANT_STATE, REGISTRY_FORBIDDEN
 */
export async function revokeGrant(db: Database, order: ChangeOrder, id: string): Promise<void> {
  await changeRegistry(db, order, async (change) => {
    const { who } = change;
    const grant = await findLiveGrantRow(change, id);
    const owners = await approvingOwners(change, id);
    demand(
      isOperator(who) ||
        administers(who, "agency-admin", grant.agency) ||
        owners.some((owner) => administers(who, "owner-admin", owner)),
    );
    await endGrant(change, grant, "revoked");
    change.record({
      what: "revoke",
      kind: "grant",
      subject: id,
      old: { status: grant.status },
      new: { status: "revoked" },
    });
  });
}

/**
 * The agency takes back what is undecided: what is left of its first request, and an amendment. A grant of which nothing
 * was approved ends with it.
 * @throws REGISTRY_GRANT_UNKNOWN, REGISTRY_GRANT_STATE, REGISTRY_FORBIDDEN, REGISTRY_SCOPE_NOT_PENDING
 */
export async function withdrawRequest(db: Database, order: ChangeOrder, id: string): Promise<void> {
  await changeRegistry(db, order, async (change) => {
    const grant = await findLiveGrantRow(change, id);
    demand(administers(change.who, "agency-admin", grant.agency));
    const undecided = scopesWith(grant, "requested");
    if (undecided.length > 0)
      await change.tx
        .updateTable("grant_scope")
        .set(decided(change, "withdrawn"))
        .where("grant_id", "=", id)
        .where("decision", "=", "requested")
        .execute();
    const closed = await closeAmendment(change, grant, "withdrawn");
    if (undecided.length === 0 && !closed) throw catalogueError("REGISTRY_SCOPE_NOT_PENDING");
    if (grant.status === "requested") await endGrant(change, grant, "ended");
    change.record({
      what: "withdraw",
      kind: "grant",
      subject: id,
      old: { status: grant.status, undecided },
      new: {
        status: grant.status === "requested" ? "ended" : grant.status,
        ...(closed && { amendment: "withdrawn" }),
      },
    });
  });
}
