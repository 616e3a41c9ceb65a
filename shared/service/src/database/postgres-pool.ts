import type { PostgresPool, PostgresPoolClient } from "kysely";
import pg from "pg";
import { askPostgres, READ_TIMEOUT } from "./ask-postgres.ts";
import type { DatabaseOptions } from "./open-database.ts";
import { isReading, observer, unobserved } from "./statement-count.ts";
import { StatementNames } from "./statement-names.ts";

const { builtins, getTypeParser } = pg.types;

// Days stay the text they are; big integers and decimals become numbers where a number holds them exactly.
const parsers = new Map<number, (text: string) => unknown>([
  [builtins.DATE, (text) => text],
  [builtins.INT8, exactNumber],
  [builtins.NUMERIC, exactNumber],
]);

/**
 * A statement that is prepared once is planned without its keys; the planner takes them for ten. At its own price for a
 * page that lies elsewhere it then reads tables of a thousand rows from end to end and compares each row with each key,
 * where two hundred keys through the index cost a tenth. Tables read by key are in memory. A URL with options of its own
 * has the last word.
 */
const PLANS_FOR_KEYS = "-c random_page_cost=1.1";

/** A pool of PostgreSQL connections that survives the loss of any of them. */
export function postgresPool(url: string, options: DatabaseOptions): PostgresPool {
  const pool = new pg.Pool({
    connectionString: url,
    max: options.maxConnections ?? 10,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 30_000,
    ...(options.statementTimeoutMs && { statement_timeout: options.statementTimeoutMs }),
    ...(options.plansForKeys && { options: PLANS_FOR_KEYS }),
    types: {
      getTypeParser: (id: number, format?: string) =>
        (format !== "binary" && parsers.get(id)) || getTypeParser(id, format as "text"),
    },
  });
  // Without a listener, a connection that breaks would end the process: the pool listens to idle ones, and to the one
  // that breaks in the middle of a statement only what is added here. What is left of the connections when the pool has
  // ended is nobody's: its log may be closed.
  pool.on("error", (error) => {
    if (!pool.ending) options.log?.warn({ err: error }, "an idle database connection was lost");
  });
  pool.on("connect", (client) => client.on("error", ignore));
  const names = new StatementNames();
  // A timer of our own too: a server that hangs does not end its statements.
  const readTimeoutMs = options.statementTimeoutMs ? options.statementTimeoutMs + 1_000 : 0;
  const clients = new WeakMap<pg.PoolClient, PostgresPoolClient>();
  return {
    options: pool.options,
    connect: async () => {
      const client = await unobserved(() => pool.connect());
      let watched = clients.get(client);
      if (watched === undefined)
        clients.set(client, (watched = withoutSilence(client, names, readTimeoutMs)));
      return watched;
    },
    end: () => pool.end(),
  };
}

/** Statements that one connection prepares; after more it is replaced, which is how the database forgets them. */
const MAX_PREPARED = 200;

/**
 * What PostgreSQL says of a statement that was prepared under a name and no longer fits: a column's type has changed
 * under it, or something between here and there has changed the connection.
 */
const NO_LONGER_PREPARED = new Set(["0A000", "26000"]);

/** The statement that runs on a broken connection says so itself. */
function ignore(): void {}

/**
 * A connection that is thrown away once a statement has waited in vain: what the network has forgotten would stay
 * silent for every statement after it. What comes again and again is prepared under a name.
 */
function withoutSilence(
  client: pg.PoolClient,
  names: StatementNames,
  readTimeoutMs: number,
): PostgresPoolClient {
  let worn = false;
  const prepared = new Set<string>();
  const send = async (text: string, values: unknown[], name?: string): Promise<unknown> => {
    if (name === undefined) return await askPostgres(client, { text, values }, readTimeoutMs);
    prepared.add(name);
    try {
      return await askPostgres(client, { name, text, values }, readTimeoutMs);
    } catch (error) {
      if (!NO_LONGER_PREPARED.has((error as { code?: string }).code ?? "")) throw error;
      worn = true;
      return await askPostgres(client, { text, values }, readTimeoutMs);
    }
  };
  const query = async (text: string, parameters: unknown[]): Promise<unknown> => {
    const observing = observer();
    if (isReading(text)) observing?.sending?.();
    try {
      return await send(text, parameters, observing?.repeats ? names.of(text) : undefined);
    } catch (error) {
      worn ||= error instanceof Error && error.message === READ_TIMEOUT;
      throw error;
    }
  };
  return {
    query: query as PostgresPoolClient["query"],
    // Whoever waits may get a new connection now, and idle ones have a timer.
    release: (destroy) =>
      unobserved(() => client.release(destroy === true || worn || prepared.size > MAX_PREPARED)),
  };
}

function exactNumber(text: string): number | string {
  const number = Number(text);
  return Number.isInteger(number) && !Number.isSafeInteger(number) ? text : number;
}
