import pg from "pg";
import type { DatabaseOptions } from "./open-database.ts";

const { builtins, getTypeParser } = pg.types;

// Days stay the text they are; big integers and decimals become numbers where a number holds them exactly.
const parsers = new Map<number, (text: string) => unknown>([
  [builtins.DATE, (text) => text],
  [builtins.INT8, exactNumber],
  [builtins.NUMERIC, exactNumber],
]);

/** A pool of PostgreSQL connections that survives the loss of any of them. */
export function postgresPool(url: string, options: DatabaseOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: options.maxConnections ?? 10,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 30_000,
    // The client's own timer too: a server that hangs does not end its statements.
    ...(options.statementTimeoutMs && {
      statement_timeout: options.statementTimeoutMs,
      query_timeout: options.statementTimeoutMs + 1_000,
    }),
    types: {
      getTypeParser: (id: number, format?: string) =>
        (format !== "binary" && parsers.get(id)) || getTypeParser(id, format as "text"),
    },
  });
  // Without a listener, an idle connection that breaks would end the process.
  pool.on("error", (error) =>
    options.log?.warn({ err: error }, "an idle database connection was lost"),
  );
  return pool;
}

function exactNumber(text: string): number | string {
  const number = Number(text);
  return Number.isInteger(number) && !Number.isSafeInteger(number) ? text : number;
}
