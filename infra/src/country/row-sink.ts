import { once } from "node:events";
import { type Database, openDatabase } from "@truc/service";
import { CompiledQuery, type Kysely, sql } from "kysely";
import pg from "pg";
import { from as copyFrom } from "pg-copy-streams";
import type { TableRows } from "./model.ts";
import { readState, type SeedState, stateTable, writeState } from "./seed-state.ts";

/** Where one register's rows go: each group with the state after it, in one transaction. */
export interface RowSink {
  state(): Promise<SeedState | null>;
  /** Writes rows and state, all or nothing. */
  write(rows: readonly TableRows[], state: SeedState): Promise<void>;
  /** Lets the planner know what is in the tables. */
  analyze(tables: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

/** Rows of one MariaDB INSERT: some hundred kilobytes, far below the smallest packet limit. */
const ROWS_PER_INSERT = 500;
/** PostgreSQL's protocol counts parameters in 16 bits. */
const PARAMETERS_PER_INSERT = 30_000;

/** COPY on PostgreSQL, INSERT with many rows on MariaDB: the URL decides. */
export async function openSink(url: string): Promise<RowSink> {
  const database = openDatabase(url, { maxConnections: 1 });
  await stateTable(database);
  return database.dialect === "postgres" ? copySink(url, database) : insertSink(database);
}

async function copySink(url: string, database: Database): Promise<RowSink> {
  const client = new pg.Client({ connectionString: url });
  // A connection that is lost fails the statement on it; without a listener it would end the process.
  client.on("error", () => {});
  await client.connect();
  // State and rows share a transaction, so a crash can lose the newest groups but never tear one.
  await client.query("SET synchronous_commit = off");
  return {
    state: () => readState(database.kysely),
    async write(tables, state) {
      await client.query("BEGIN");
      try {
        for (const rows of tables) await copy(client, rows);
        await client.query("DELETE FROM seed_state");
        await client.query(
          "INSERT INTO seed_state (seed, citizens, blocks_done, complete) VALUES ($1, $2, $3, $4)",
          [state.seed, state.citizens, state.blocksDone, state.complete ? 1 : 0],
        );
        await client.query("COMMIT");
      } catch (error) {
        await client.query("ROLLBACK").catch(() => {});
        throw error;
      }
    },
    async analyze(tables) {
      for (const table of tables) await client.query(`ANALYZE ${client.escapeIdentifier(table)}`);
    },
    async close() {
      await Promise.all([client.end(), database.close()]);
    },
  };
}

async function copy(client: pg.Client, { table, columns, rows }: TableRows): Promise<void> {
  if (rows.length === 0) return;
  const names = columns.map((column) => client.escapeIdentifier(column)).join(", ");
  const stream = client.query(
    copyFrom(`COPY ${client.escapeIdentifier(table)} (${names}) FROM STDIN`),
  );
  const finished = once(stream, "finish");
  stream.end(rows.map(copyLine).join(""));
  await finished;
}

/** A row in COPY's text format (PostgreSQL, "COPY", File Formats). */
export function copyLine(row: TableRows["rows"][number]): string {
  return `${row.map(copyValue).join("\t")}\n`;
}

function copyValue(value: TableRows["rows"][number][number]): string {
  if (value === null) return "\\N";
  if (typeof value === "boolean") return value ? "t" : "f";
  if (typeof value === "number") return String(value);
  return value.replace(/[\\\t\n\r]/g, (character) => ESCAPES[character]!);
}
const ESCAPES: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  "\t": "\\t",
  "\n": "\\n",
  "\r": "\\r",
};

function insertSink(database: Database): RowSink {
  return {
    state: () => readState(database.kysely),
    write: (tables, state) =>
      database.kysely.transaction().execute(async (transaction) => {
        for (const rows of tables) await insert(transaction, rows, ROWS_PER_INSERT);
        await writeState(transaction, state);
      }),
    async analyze(tables) {
      for (const table of tables)
        await sql`analyze table ${sql.table(table)}`.execute(database.kysely);
    },
    close: () => database.close(),
  };
}

async function insert(
  kysely: Kysely<any>,
  { table, columns, rows }: TableRows,
  rowsPerStatement: number,
): Promise<void> {
  const names = sql.join(columns.map((column) => sql.ref(column)));
  const { sql: head } = sql`insert into ${sql.table(table)} (${names}) values `.compile(kysely);
  const tuple = `(${columns.map(() => "?").join(", ")})`;
  for (let start = 0; start < rows.length; start += rowsPerStatement) {
    const part = rows.slice(start, start + rowsPerStatement);
    await kysely.executeQuery(
      CompiledQuery.raw(head + part.map(() => tuple).join(", "), part.flat()),
    );
  }
}

/**
 * Puts rows into tables with plain INSERTs, on either database: for tests and for small additions.
 * @throws the database's error; tables before the failing one are filled
 */
export async function loadTables(database: Database, tables: readonly TableRows[]): Promise<void> {
  for (const { table, columns, rows } of tables) {
    const size = Math.max(
      1,
      Math.min(ROWS_PER_INSERT, Math.floor(PARAMETERS_PER_INSERT / columns.length)),
    );
    for (let start = 0; start < rows.length; start += size) {
      const part = rows
        .slice(start, start + size)
        .map((row) => Object.fromEntries(row.map((value, at) => [columns[at]!, value])));
      await database.kysely.insertInto(table).values(part).execute();
    }
  }
}
