import type { Database } from "@truc/service";
import { CompiledQuery, type KyselyPlugin, type RootOperationNode } from "kysely";

/** How a statement reads one table. */
export interface TableRead {
  table: string;
  /** Whether every row is looked at. */
  whole: boolean;
  /** The database's own words. */
  plan: string;
}

/** A statement that was run, and how the database would read its tables. */
export interface Explained {
  sql: string;
  reads: TableRead[];
}

/** Runs some work over a database and explains each of its statements, with the very parameters it had. */
export async function explainAll(
  db: Database,
  work: (db: Database) => Promise<unknown>,
): Promise<Explained[]> {
  const nodes: RootOperationNode[] = [];
  const recorder: KyselyPlugin = {
    transformQuery({ node }) {
      nodes.push(node);
      return node;
    },
    transformResult: async ({ result }) => result,
  };
  await work({ ...db, kysely: db.kysely.withPlugin(recorder) });
  const explained: Explained[] = [];
  for (const node of nodes) {
    const { sql, parameters } = db.kysely
      .getExecutor()
      .compileQuery(node, { queryId: "explained" });
    const explain = db.dialect === "postgres" ? "explain (format json) " : "explain ";
    const { rows } = await db.kysely.executeQuery(
      CompiledQuery.raw(explain + sql, [...parameters]),
    );
    explained.push({
      sql,
      reads: db.dialect === "postgres" ? postgresReads(rows) : mariadbReads(rows),
    });
  }
  return explained;
}

interface PlanNode {
  "Node Type": string;
  "Relation Name"?: string;
  Plans?: PlanNode[];
}

function postgresReads(rows: unknown[]): TableRead[] {
  const [{ "QUERY PLAN": plans }] = rows as [{ "QUERY PLAN": { Plan: PlanNode }[] }];
  const reads: TableRead[] = [];
  const visit = (node: PlanNode): void => {
    const table = node["Relation Name"];
    if (table !== undefined) {
      reads.push({ table, whole: node["Node Type"] === "Seq Scan", plan: node["Node Type"] });
    }
    node.Plans?.forEach(visit);
  };
  for (const { Plan } of plans) visit(Plan);
  return reads;
}

/** More rows than any statement of a register asks for: an index read through to the end. */
const MANY_ROWS = 1_000;

function mariadbReads(rows: unknown[]): TableRead[] {
  return (
    rows as { table: string | null; type: string | null; key: string | null; rows: number }[]
  ).flatMap(({ table, type, key, rows: estimated }) => {
    // Derived tables (<union1,2>, <subquery2>) are results, not tables.
    if (table === null || type === null || table.startsWith("<")) return [];
    const whole = type === "ALL" || (type === "index" && estimated > MANY_ROWS);
    return [{ table, whole, plan: `${type} ${key} ${estimated}` }];
  });
}
