import type { PostgresPool, PostgresPoolClient } from "kysely";
import pg from "pg";
import type { DatabaseOptions } from "./open-database.ts";
import { isReading, observer, unobserved } from "./statement-count.ts";

const { builtins, getTypeParser } = pg.types;

// Days stay the text they are; big integers and decimals become numbers where a number holds them exactly.
const parsers = new Map<number, (text: string) => unknown>([
  [builtins.DATE, (text) => text],
  [builtins.INT8, exactNumber],
  [builtins.NUMERIC, exactNumber],
]);

/** A pool of PostgreSQL connections that survives the loss of any of them. */
export function postgresPool(url: string, options: DatabaseOptions): PostgresPool {
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
  // Without a listener, a connection that breaks would end the process: the pool listens to idle ones, and to the one
  // that breaks in the middle of a statement only what is added here.
  pool.on("error", (error) =>
    options.log?.warn({ err: error }, "an idle database connection was lost"),
  );
  pool.on("connect", (client) => client.on("error", ignore));
  return {
    options: pool.options,
    connect: async () => withoutSilence(await unobserved(() => pool.connect())),
    end: () => pool.end(),
  };
}

/** The statement that runs on a broken connection says so itself. */
function ignore(): void {}

/**
 * A connection that is thrown away once a statement has waited in vain: what the network has forgotten would stay
 * silent for every statement after it.
 */
function withoutSilence(client: pg.PoolClient): PostgresPoolClient {
  let silent = false;
  const query = async (text: string, parameters: unknown[]): Promise<unknown> => {
    if (isReading(text)) observer()?.sending?.();
    try {
      return await client.query(text, parameters);
    } catch (error) {
      silent ||= error instanceof Error && error.message === "Query read timeout";
      throw error;
    }
  };
  return {
    query: query as PostgresPoolClient["query"],
    // Whoever waits may get a new connection now, and idle ones have a timer.
    release: (destroy) => unobserved(() => client.release(destroy === true || silent)),
  };
}

function exactNumber(text: string): number | string {
  const number = Number(text);
  return Number.isInteger(number) && !Number.isSafeInteger(number) ? text : number;
}
