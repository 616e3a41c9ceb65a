import { dayInVietNam } from "@truc/contracts";
import type { Database } from "@truc/service";
import { tablesOf } from "../../tables.ts";
import { moment } from "./spelling.ts";
import { takesPart, type Viewer, visibleGrants } from "./viewer.ts";

export interface PendingView {
  grantId: string;
  /** The open request's id, which a decision names. */
  request: string;
  scopeNames: string[];
  isAmendment: boolean;
  requestedById: string | null;
  requestedAt: Date | null;
  reason: string | null;
}

interface PendingRow {
  grant_id: string;
  request: string;
  scope: string;
  owner: string;
  agency: string;
  requested_by: string | null;
  requested_at: number | null;
  reason: string | null;
}

/**
 * What awaits a decision, the oldest first: to those who see everything all of it; to an owner's administrator the scopes
 * she decides on; to an agency's what it has asked for.
 */
export async function readPending(db: Database, viewer: Viewer): Promise<PendingView[]> {
  if (!takesPart(viewer)) return [];
  const mine = ({ owner, agency }: PendingRow): boolean =>
    viewer.all || viewer.owners.includes(owner) || viewer.agencies.includes(agency);
  const views = [
    ...grouped((await firstRequests(db, viewer)).filter(mine), false),
    ...grouped((await amendments(db, viewer)).filter(mine), true),
  ];
  const time = ({ requestedAt }: PendingView): number => requestedAt?.getTime() ?? 0;
  return views.toSorted(
    (one, other) => time(one) - time(other) || (one.grantId < other.grantId ? -1 : 1),
  );
}

async function firstRequests(db: Database, viewer: Viewer): Promise<PendingRow[]> {
  const tables = tablesOf(db);
  const query = tables
    .selectFrom("grant_scope")
    .innerJoin("grant_", "grant_.id", "grant_scope.grant_id")
    .innerJoin("system", "system.id", "grant_.system")
    .innerJoin("scope", "scope.name", "grant_scope.scope")
    .select(["grant_scope.grant_id", "grant_scope.scope", "scope.owner", "system.agency"])
    .select("grant_.id as request")
    .select(["grant_.requested_by", "grant_.requested_at", "grant_.reason"])
    .where("grant_.live", "=", 1)
    .where("grant_.valid_until", ">=", dayInVietNam(new Date()))
    .where("grant_scope.decision", "=", "requested")
    .orderBy("grant_scope.scope");
  return await (
    viewer.all ? query : query.where("grant_.id", "in", visibleGrants(tables, viewer))
  ).execute();
}

async function amendments(db: Database, viewer: Viewer): Promise<PendingRow[]> {
  const tables = tablesOf(db);
  const query = tables
    .selectFrom("amendment_scope")
    .innerJoin("amendment", "amendment.id", "amendment_scope.amendment")
    .innerJoin("grant_", "grant_.id", "amendment.grant_id")
    .innerJoin("system", "system.id", "grant_.system")
    .innerJoin("scope", "scope.name", "amendment_scope.scope")
    .select(["amendment.grant_id", "amendment_scope.scope", "scope.owner", "system.agency"])
    .select("amendment.id as request")
    .select(["amendment.requested_by", "amendment.requested_at", "amendment.reason"])
    .where("amendment.open", "=", 1)
    .where("grant_.valid_until", ">=", dayInVietNam(new Date()))
    .where("amendment_scope.decision", "=", "requested")
    .orderBy("amendment_scope.scope");
  return await (
    viewer.all ? query : query.where("grant_.id", "in", visibleGrants(tables, viewer))
  ).execute();
}

function grouped(rows: readonly PendingRow[], isAmendment: boolean): PendingView[] {
  return [...Map.groupBy(rows, ({ grant_id }) => grant_id).values()].map((group) => {
    const [first] = group as [PendingRow];
    return {
      grantId: first.grant_id,
      request: first.request,
      scopeNames: group.map(({ scope }) => scope),
      isAmendment,
      requestedById: first.requested_by,
      requestedAt: moment(first.requested_at),
      reason: first.reason,
    };
  });
}
