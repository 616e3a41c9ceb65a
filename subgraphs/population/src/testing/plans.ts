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
  /** The indexes by which tables are entered. */
  indexes: string[];
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
      ...(db.dialect === "postgres" ? postgresPlan(rows) : mariadbPlan(rows)),
    });
  }
  return explained;
}

interface PlanNode {
  "Node Type": string;
  "Relation Name"?: string;
  "Index Name"?: string;
  Plans?: PlanNode[];
}

type Plan = Omit<Explained, "sql">;

function postgresPlan(rows: unknown[]): Plan {
  const [{ "QUERY PLAN": plans }] = rows as [{ "QUERY PLAN": { Plan: PlanNode }[] }];
  const reads: TableRead[] = [];
  const indexes: string[] = [];
  const visit = (node: PlanNode): void => {
    const { "Relation Name": table, "Index Name": index } = node;
    if (index !== undefined) indexes.push(index);
    if (table !== undefined) {
      reads.push({ table, whole: node["Node Type"] === "Seq Scan", plan: node["Node Type"] });
    }
    node.Plans?.forEach(visit);
  };
  for (const { Plan } of plans) visit(Plan);
  return { reads, indexes };
}

/** More rows than any statement of a register asks for: an index read through to the end. */
const MANY_ROWS = 1_000;

interface MariadbLine {
  table: string | null;
  type: string | null;
  /** Several with commas between them, where the results of several are united. */
  key: string | null;
  rows: number;
}

function mariadbPlan(lines: unknown[]): Plan {
  // Derived tables (<union1,2>, <subquery2>) are results, not tables.
  const tables = (lines as MariadbLine[]).filter(
    ({ table, type }) => table !== null && type !== null && !table.startsWith("<"),
  );
  return {
    reads: tables.map(({ table, type, key, rows }) => ({
      table: table!,
      whole: type === "ALL" || (type === "index" && rows > MANY_ROWS),
      plan: `${type} ${key} ${rows}`,
    })),
    indexes: tables.flatMap(({ key }) => key?.split(",") ?? []),
  };
}
