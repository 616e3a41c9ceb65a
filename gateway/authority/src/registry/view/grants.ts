import { dayInVietNam } from "@truc/contracts";
import { afterKey, type CursorValue, type Database, defineLoader } from "@truc/service";
import type { ExpressionBuilder } from "kysely";
import { type Tables, tablesOf } from "../../tables.ts";
import { readTerms, type Terms } from "../terms.ts";
import { moment, toEnum } from "./spelling.ts";
import { takesPart, type Viewer, visibleGrants } from "./viewer.ts";

/** Terms as the schema names them. */
export interface TermsView {
  limits: { provinces: Terms["provinces"]; subjects: string; search: boolean; linked: number };
  budget: Terms["budget"];
  operations: string;
  demandsActor: boolean;
  demandsCase: boolean;
  demandsReceipt: boolean;
}

export interface GrantView extends TermsView {
  id: string;
  systemId: string;
  purposeCode: string;
  status: string;
  validFrom: string;
  validUntil: string;
  requestedById: string | null;
  requestedAt: Date | null;
  reason: string | null;
}

/** The conditions of a list; absent ones do not matter. */
export interface GrantFilter {
  agency?: string | null;
  system?: string | null;
  purpose?: string | null;
  scope?: string | null;
  /** In the registry's spelling. */
  status?: Tables["grant_"]["status"] | null;
}

/** What a list of grants is sorted by. */
export const GRANT_ORDER = ["grant_.system", "grant_.purpose", "grant_.id"] as const;
export const grantKey = ({ systemId, purposeCode, id }: GrantView): string[] => [
  systemId,
  purposeCode,
  id,
];

/** A grant by its id, as far as the viewer sees it. */
export const grantById = defineLoader<string, GrantView | null, Viewer>({
  name: "grantById",
  missing: null,
  batch: async (db, ids, viewer) => {
    if (!takesPart(viewer)) return new Map();
    const rows = await selectGrants(db, viewer).where("grant_.id", "in", ids).execute();
    return new Map(rows.map((row) => [row.id, toView(row)]));
  },
});

export async function findGrants(
  db: Database,
  viewer: Viewer,
  filter: GrantFilter,
  page: { first: number; after: CursorValue[] | null },
): Promise<GrantView[]> {
  if (!takesPart(viewer)) return [];
  let query = selectGrants(db, viewer)
    .where(afterKey(GRANT_ORDER, page.after))
    .orderBy(GRANT_ORDER[0])
    .orderBy(GRANT_ORDER[1])
    .orderBy(GRANT_ORDER[2])
    .limit(page.first + 1);
  const { agency, system, purpose, scope, status } = filter;
  if (agency != null)
    query = query.where(
      "grant_.system",
      "in",
      tablesOf(db).selectFrom("system").select("system.id").where("system.agency", "=", agency),
    );
  if (system != null) query = query.where("grant_.system", "=", system);
  if (purpose != null) query = query.where("grant_.purpose", "=", purpose);
  if (status != null) query = query.where(hasStatus(status, dayInVietNam(new Date())));
  if (scope != null)
    query = query.where("grant_.id", "in", (select) =>
      select
        .selectFrom("grant_scope")
        .select("grant_scope.grant_id")
        .where("grant_scope.scope", "=", scope)
        .union(
          select
            .selectFrom("amendment_scope")
            .innerJoin("amendment", "amendment.id", "amendment_scope.amendment")
            .select("amendment.grant_id")
            .where("amendment.open", "=", 1)
            .where("amendment_scope.scope", "=", scope),
        ),
    );
  return (await query.execute()).map(toView);
}

/** A grant whose last day is over has ended, although nobody has written that down. */
function hasStatus(status: NonNullable<GrantFilter["status"]>, today: string) {
  return (where: ExpressionBuilder<Tables, "grant_">) => {
    const isIt = where("grant_.status", "=", status);
    if (status === "ended")
      return where.or([
        isIt,
        where.and([where("grant_.live", "=", 1), where("grant_.valid_until", "<", today)]),
      ]);
    // `live` is null in what has ended by a decision.
    return where.and([
      isIt,
      where.or([where("grant_.live", "is", null), where("grant_.valid_until", ">=", today)]),
    ]);
  };
}

function selectGrants(db: Database, viewer: Viewer) {
  const tables = tablesOf(db);
  const query = tables.selectFrom("grant_").selectAll("grant_");
  return viewer.all ? query : query.where("grant_.id", "in", visibleGrants(tables, viewer));
}

function toView(row: Tables["grant_"]): GrantView {
  const isOver = row.live === 1 && row.valid_until < dayInVietNam(new Date());
  return {
    id: row.id,
    systemId: row.system,
    purposeCode: row.purpose,
    status: isOver ? "ENDED" : toEnum(row.status),
    validFrom: row.valid_from,
    validUntil: row.valid_until,
    requestedById: row.requested_by,
    requestedAt: moment(row.requested_at),
    reason: row.reason,
    ...termsView(row.terms),
  };
}

function termsView(text: string | null): TermsView {
  const { provinces, subjects, search, linked, operations, ...rest } = readTerms(text);
  return {
    ...rest,
    limits: { provinces, subjects: toEnum(subjects), search, linked },
    operations: toEnum(operations),
  };
}

export interface ScopeDecisionView {
  scopeName: string;
  decision: string;
  decidedById: string | null;
  decidedAt: Date | null;
  reason: string | null;
}

/** What a visible grant holds and was asked for. */
export const scopesOfGrant = defineLoader<string, ScopeDecisionView[]>({
  name: "scopesOfGrant",
  missing: [],
  batch: async (db, grants) => {
    const rows = await tablesOf(db)
      .selectFrom("grant_scope")
      .selectAll()
      .where("grant_id", "in", grants)
      .orderBy("scope")
      .execute();
    return Map.groupBy(
      rows.map((row) => ({ ...decisionView(row), grant: row.grant_id })),
      ({ grant }) => grant,
    );
  },
});

function decisionView(row: Omit<Tables["amendment_scope"], "amendment">): ScopeDecisionView {
  return {
    scopeName: row.scope,
    decision: toEnum(row.decision),
    decidedById: row.decided_by,
    decidedAt: moment(row.decided_at),
    reason: row.reason,
  };
}

/** What is asked for and undecided: a grant's first request, known by the grant's id, or an amendment of it. */
export interface OpenRequestView extends TermsView {
  id: string;
  isAmendment: boolean;
  validUntil: string;
  requestedById: string | null;
  requestedAt: Date | null;
  reason: string | null;
}

/** A grant's first request, while a scope of it is undecided. @param scopes see {@link scopesOfGrant} */
export function firstRequestOf(
  grant: GrantView,
  scopes: readonly ScopeDecisionView[],
): OpenRequestView | null {
  const isLive = ["REQUESTED", "ACTIVE", "SUSPENDED"].includes(grant.status);
  const isOpen = isLive && scopes.some(({ decision }) => decision === "REQUESTED");
  return isOpen ? { ...grant, isAmendment: false } : null;
}

/** A visible grant's open amendment. */
export const amendmentOfGrant = defineLoader<string, OpenRequestView | null>({
  name: "amendmentOfGrant",
  missing: null,
  batch: async (db, grants) => {
    const rows = await tablesOf(db)
      .selectFrom("amendment")
      .selectAll()
      .where("grant_id", "in", grants)
      .where("open", "=", 1)
      .execute();
    return new Map(
      rows.map((row) => [
        row.grant_id,
        {
          id: row.id,
          isAmendment: true,
          validUntil: row.valid_until,
          requestedById: row.requested_by,
          requestedAt: moment(row.requested_at),
          reason: row.reason,
          ...termsView(row.terms),
        },
      ]),
    );
  },
});

/** What an amendment of a visible grant asks for. */
export const scopesOfAmendment = defineLoader<string, ScopeDecisionView[]>({
  name: "scopesOfAmendment",
  missing: [],
  batch: async (db, amendments) => {
    const rows = await tablesOf(db)
      .selectFrom("amendment_scope")
      .selectAll()
      .where("amendment", "in", amendments)
      .orderBy("scope")
      .execute();
    return Map.groupBy(
      rows.map((row) => ({ ...decisionView(row), amendment: row.amendment })),
      ({ amendment }) => amendment,
    );
  },
});

export interface SuspensionView {
  agencyId: string | null;
  personId: string;
  at: Date | null;
  reason: string;
}

/** Who has suspended a visible grant. */
export const suspensionsOfGrant = defineLoader<string, SuspensionView[]>({
  name: "suspensionsOfGrant",
  missing: [],
  batch: async (db, grants) => {
    const rows = await tablesOf(db)
      .selectFrom("suspension")
      .selectAll()
      .where("kind", "=", "grant")
      .where("id", "in", grants)
      .orderBy("at")
      .orderBy("party")
      .execute();
    return Map.groupBy(
      rows.map(({ id, party, person, at, reason }) => ({
        grant: id,
        agencyId: party.startsWith(":") ? null : party,
        personId: person,
        at: moment(at),
        reason,
      })),
      ({ grant }) => grant,
    );
  },
});
