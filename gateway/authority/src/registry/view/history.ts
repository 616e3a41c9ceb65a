import { type Database, defineLoader } from "@truc/service";
import { type Tables, tablesOf } from "../../tables.ts";
import { OPERATOR_KEY } from "../who.ts";
import { moment, toEnum } from "./spelling.ts";
import { ownAgencies, takesPart, type Viewer, visibleGrants } from "./viewer.ts";

export interface HistoryView {
  id: string;
  at: Date | null;
  by: string;
  personId: string | null;
  what: string;
  kind: string;
  subject: string;
  reason: string;
  oldValue: string | null;
  newValue: string | null;
}

const MAX_ENTRIES = 500;

/** What was done to a visible grant, the newest first. */
export const historyOfGrant = defineLoader<string, HistoryView[]>({
  name: "historyOfGrant",
  missing: [],
  batch: async (db, grants) => {
    const rows = await selectHistory(db)
      .where("kind", "=", "grant")
      .where("subject", "in", grants)
      .execute();
    return Map.groupBy(rows.map(toView), ({ subject }) => subject);
  },
});

/**
 * The newest changes, as far as the viewer may see what was changed: operators and auditors everything; others the grants
 * they see, their own agency with its systems, keys and operations, and the catalogues.
 * @param which in the registry's spelling
 */
export async function readHistory(
  db: Database,
  viewer: Viewer,
  which: { kind?: string | null; id?: string | null },
): Promise<HistoryView[]> {
  if (!takesPart(viewer)) return [];
  let query = selectHistory(db).limit(MAX_ENTRIES);
  if (which.kind != null) query = query.where("kind", "=", which.kind);
  if (which.id != null) query = query.where("subject", "=", which.id);
  if (!viewer.all) {
    const tables = tablesOf(db);
    const own = ownAgencies(viewer);
    const ownSystems = tables
      .selectFrom("system")
      .select("system.id")
      .where("system.agency", "in", own);
    query = query.where((where) =>
      where.or([
        where("kind", "in", ["scope", "purpose"]),
        where.and([
          where("kind", "=", "grant"),
          where("subject", "in", visibleGrants(tables, viewer)),
        ]),
        where.and([where("kind", "=", "agency"), where("subject", "in", own)]),
        where.and([where("kind", "=", "system"), where("subject", "in", ownSystems)]),
        where.and([
          where("kind", "=", "key"),
          where(
            "subject",
            "in",
            tables
              .selectFrom("system_key")
              .select("system_key.thumbprint")
              .where("system_key.system", "in", ownSystems),
          ),
        ]),
        where.and([
          where("kind", "=", "operation"),
          where.or(own.map((agency) => where("subject", "like", `${agency} %`))),
        ]),
      ]),
    );
  }
  return (await query.execute()).map(toView);
}

function selectHistory(db: Database) {
  return tablesOf(db)
    .selectFrom("history")
    .selectAll()
    .orderBy("revision", "desc")
    .orderBy("line", "desc");
}

function toView(row: Tables["history"]): HistoryView {
  return {
    id: `${row.revision}-${row.line}`,
    at: moment(row.at),
    by: row.person,
    personId: row.person === OPERATOR_KEY ? null : row.person,
    what: row.what,
    kind: toEnum(row.kind),
    subject: row.subject,
    reason: row.reason,
    oldValue: row.old_value,
    newValue: row.new_value,
  };
}
