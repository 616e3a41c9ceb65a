import { type Database, defineLoader } from "@truc/service";
import { tablesOf } from "../../tables.ts";
import { missingOwners, readRules } from "../operation-owners.ts";
import { moment, toEnum } from "./spelling.ts";
import { takesPart, type Viewer, visibleGrants } from "./viewer.ts";

export interface OperationView {
  hash: string;
  name: string;
  text: string;
  agencyId: string;
  registeredById: string;
  registeredAt: Date | null;
  /** Every owner by whose scopes something of it can be read. */
  ownerIds: string[];
}

/** Registered operations: an agency's own, and to an owner those of agencies whose grants it sees. */
export async function readOperations(
  db: Database,
  viewer: Viewer,
  which: { agency?: string | null; hash?: string },
): Promise<OperationView[]> {
  if (!takesPart(viewer)) return [];
  const tables = tablesOf(db);
  let query = tables
    .selectFrom("registered_operation")
    .selectAll()
    .orderBy("agency")
    .orderBy("name")
    .orderBy("hash");
  if (which.agency != null) query = query.where("agency", "=", which.agency);
  if (which.hash !== undefined) query = query.where("hash", "=", which.hash);
  if (!viewer.all)
    query = query.where((where) =>
      where.or([
        viewer.agencies.length === 0 ? where.lit(false) : where("agency", "in", viewer.agencies),
        where(
          "agency",
          "in",
          tables
            .selectFrom("system")
            .innerJoin("grant_", "grant_.system", "system.id")
            .select("system.agency")
            .where("grant_.id", "in", visibleGrants(tables, viewer)),
        ),
      ]),
    );
  const owners = await ownersOfScopes(db);
  return (await query.execute()).map((row) => ({
    hash: row.hash,
    name: row.name,
    text: row.text,
    agencyId: row.agency,
    registeredById: row.registered_by,
    registeredAt: moment(row.registered_at),
    ownerIds: ownersOf(row.rules, owners),
  }));
}

export interface OperationDecisionView {
  hash: string;
  ownerId: string;
  decision: string;
  decidedById: string;
  decidedAt: Date | null;
  reason: string;
  /** Whose approval is missing before the operation counts for the grant. */
  awaitedIds: string[];
}

/** What owners have said on operations for a visible grant. */
export const operationsOfGrant = defineLoader<string, OperationDecisionView[]>({
  name: "operationsOfGrant",
  missing: [],
  batch: async (db, grants) => {
    const tables = tablesOf(db);
    const rows = await tables
      .selectFrom("grant_operation")
      .innerJoin("grant_", "grant_.id", "grant_operation.grant_id")
      .innerJoin("system", "system.id", "grant_.system")
      .innerJoin("registered_operation", (join) =>
        join
          .onRef("registered_operation.agency", "=", "system.agency")
          .onRef("registered_operation.hash", "=", "grant_operation.hash"),
      )
      .selectAll("grant_operation")
      .select("registered_operation.rules")
      .where("grant_operation.grant_id", "in", grants)
      .orderBy("grant_operation.hash")
      .orderBy("grant_operation.owner")
      .execute();
    const scopes = await tables
      .selectFrom("grant_scope")
      .innerJoin("scope", "scope.name", "grant_scope.scope")
      .select(["grant_scope.grant_id", "scope.name", "scope.owner"])
      .where("grant_scope.grant_id", "in", grants)
      .where("grant_scope.decision", "=", "approved")
      .execute();
    const held = Map.groupBy(scopes, ({ grant_id }) => grant_id);
    const words = Map.groupBy(rows, (row) => `${row.grant_id} ${row.hash}`);
    return Map.groupBy(
      rows.map((row) => ({
        grant: row.grant_id,
        hash: row.hash,
        ownerId: row.owner,
        decision: toEnum(row.decision),
        decidedById: row.decided_by,
        decidedAt: moment(row.decided_at),
        reason: row.reason,
        awaitedIds: missingOwners({
          rules: readRules(row.rules),
          held: new Map(held.get(row.grant_id)?.map(({ name, owner }) => [name, owner])),
          words: words.get(`${row.grant_id} ${row.hash}`)!,
        }),
      })),
      ({ grant }) => grant,
    );
  },
});

async function ownersOfScopes(db: Database): Promise<Map<string, string>> {
  const rows = await tablesOf(db).selectFrom("scope").select(["name", "owner"]).execute();
  return new Map(rows.map(({ name, owner }) => [name, owner]));
}

/** Scopes that the registry does not know are nobody's to approve. */
function ownersOf(rules: string | null, owners: ReadonlyMap<string, string>): string[] {
  const scopes = new Set((readRules(rules) ?? []).flat(2));
  return [...new Set([...scopes].flatMap((scope) => owners.get(scope) ?? []))].toSorted();
}
