import type { Database } from "@truc/service";
import { CompiledQuery, type QueryId, type RootOperationNode } from "kysely";

const SMALL = new Set(["land_use_type"]);

/** A database that keeps, with their parameters, the statements sent through it. */
export function recording(db: Database): { db: Database; statements: CompiledQuery[] } {
  const statements: CompiledQuery[] = [];
  const executor = db.kysely.withoutPlugins().getExecutor();
  // Subqueries pass here too; only what is sent has a result.
  const nodes = new WeakMap<QueryId, RootOperationNode>();
  const kysely = db.kysely.withPlugin({
    transformQuery({ node, queryId }) {
      nodes.set(queryId, node);
      return node;
    },
    async transformResult({ result, queryId }) {
      statements.push(executor.compileQuery(nodes.get(queryId)!, queryId));
      return result;
    },
  });
  return { db: { ...db, kysely }, statements };
}

/** @returns what in a statement's plan reads a big table, or a whole index of one, from end to end */
export async function scansIn(db: Database, statement: CompiledQuery): Promise<string[]> {
  return db.dialect === "postgres"
    ? await scansInPostgres(db, statement)
    : await scansInMariadb(db, statement);
}

/** @returns a statement's plan as the database writes it: indexes are in it by name */
export async function planOf(
  { kysely }: Database,
  { sql, parameters }: CompiledQuery,
): Promise<string> {
  const { rows } = await kysely.executeQuery(CompiledQuery.raw(`explain ${sql}`, [...parameters]));
  return JSON.stringify(rows);
}

interface PlanNode {
  "Node Type": string;
  "Relation Name"?: string;
  "Index Name"?: string;
  "Index Cond"?: string;
  Plans?: PlanNode[];
}

async function scansInPostgres(
  { kysely }: Database,
  { sql, parameters }: CompiledQuery,
): Promise<string[]> {
  const { rows } = await kysely.executeQuery<{ "QUERY PLAN": [{ Plan: PlanNode }] }>(
    CompiledQuery.raw(`explain (format json) ${sql}`, [...parameters]),
  );
  const scans: string[] = [];
  const visit = (node: PlanNode): void => {
    const {
      "Node Type": type,
      "Relation Name": table,
      "Index Name": index,
      "Index Cond": condition,
    } = node;
    if (type === "Seq Scan" && !SMALL.has(table!)) scans.push(`${type} on ${table}`);
    if (index !== undefined && condition === undefined && !SMALL.has(table!))
      scans.push(`${type} of all of ${index}`);
    for (const child of node.Plans ?? []) visit(child);
  };
  visit(rows[0]!["QUERY PLAN"][0].Plan);
  return scans;
}

async function scansInMariadb(
  { kysely }: Database,
  { sql, parameters }: CompiledQuery,
): Promise<string[]> {
  const { rows } = await kysely.executeQuery<{
    table: string | null;
    type: string | null;
    key: string | null;
  }>(CompiledQuery.raw(`explain ${sql}`, [...parameters]));
  return rows
    .filter(({ table, type }) => (type === "ALL" || type === "index") && table !== null)
    .filter(({ table }) => !SMALL.has(table!) && !/^<(derived|subquery|union)/.test(table!))
    .map(({ table, type, key }) => `${type} on ${table}${key === null ? "" : ` by ${key}`}`);
}
