import { type Database, defineLoader } from "@truc/service";
import { tablesOf } from "../../tables.ts";
import { moment, toEnum } from "./spelling.ts";
import { takesPart, type Viewer, visibleGrants } from "./viewer.ts";

export interface OperationView {
  hash: string;
  name: string;
  text: string;
  agencyId: string;
  registeredById: string;
  registeredAt: Date | null;
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
  return (await query.execute()).map((row) => ({
    hash: row.hash,
    name: row.name,
    text: row.text,
    agencyId: row.agency,
    registeredById: row.registered_by,
    registeredAt: moment(row.registered_at),
  }));
}

export interface OperationDecisionView {
  hash: string;
  ownerId: string;
  decision: string;
  decidedById: string;
  decidedAt: Date | null;
  reason: string;
}

/** What owners have said on operations for a visible grant. */
export const operationsOfGrant = defineLoader<string, OperationDecisionView[]>({
  name: "operationsOfGrant",
  missing: [],
  batch: async (db, grants) => {
    const rows = await tablesOf(db)
      .selectFrom("grant_operation")
      .selectAll()
      .where("grant_id", "in", grants)
      .orderBy("hash")
      .orderBy("owner")
      .execute();
    return Map.groupBy(
      rows.map((row) => ({
        grant: row.grant_id,
        hash: row.hash,
        ownerId: row.owner,
        decision: toEnum(row.decision),
        decidedById: row.decided_by,
        decidedAt: moment(row.decided_at),
        reason: row.reason,
      })),
      ({ grant }) => grant,
    );
  },
});
