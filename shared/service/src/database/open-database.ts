import { Kysely, type KyselyPlugin, type LogEvent, MysqlDialect, sql } from "kysely";
import type { Logger } from "pino";
import { type Dialect, dialectOf } from "./dialect.ts";
import { mariadbPool } from "./mariadb-pool.ts";
import { ListsAsParameters } from "./postgres-dialect.ts";
import { postgresPool } from "./postgres-pool.ts";
import { observer } from "./statement-count.ts";

/** One database of either kind, behind kysely. */
export interface Database {
  // Every register has tables of its own; source.ts names the row types where it reads them.
  kysely: Kysely<any>;
  dialect: Dialect;
  /** Called after every statement with its SQL (never its parameters); for tests and diagnosis. */
  onStatement: ((sql: string, durationMs: number) => void) | undefined;
  /** Waits for running statements and closes all connections. */
  close(): Promise<void>;
  /** Resolves when the database answers; rejects after two seconds at the latest when it does not. */
  ping(): Promise<void>;
}

export interface DatabaseOptions {
  /** Connections kept at most; 10. */
  maxConnections?: number;
  /** A statement that takes longer fails; 0: no limit, which is the default. */
  statementTimeoutMs?: number;
  /** Whether most of what is read is read by key, through an index: PostgreSQL plans for that. */
  plansForKeys?: boolean;
  log?: Logger;
}

const PING_TIMEOUT_MS = 2_000;

/**
 * Opens a pool of connections; none is made before the first statement, and a lost one is replaced by the next.
 * @param url postgresql://… or mariadb://… (mysql:// too)
 */
export function openDatabase(url: string, options: DatabaseOptions = {}): Database {
  const dialect = dialectOf(url);
  if (dialect === null)
    throw new TypeError("a database URL begins with postgresql:// or mariadb://");
  const database: Database = {
    kysely: new Kysely<any>({
      dialect:
        dialect === "postgres"
          ? new ListsAsParameters({ pool: postgresPool(url, options) })
          : new MysqlDialect({ pool: mariadbPool(url, options) }),
      log: (event) => observe(database, event),
      plugins: [tellObserver],
    }),
    dialect,
    onStatement: undefined,
    close: () => database.kysely.destroy(),
    ping: () => withinMs(PING_TIMEOUT_MS, sql`select 1`.execute(database.kysely.withoutPlugins())),
  };
  return database;
}

function observe(database: Database, event: LogEvent): void {
  observer()?.answered();
  database.onStatement?.(event.query.sql, event.queryDurationMillis);
}

const tellObserver: KyselyPlugin = {
  transformQuery({ node }) {
    observer()?.prepared?.();
    return node;
  },
  async transformResult({ result }) {
    observer()?.rows(result.rows.length);
    return result;
  },
};

async function withinMs(timeoutMs: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`the database did not answer within ${timeoutMs} ms`)),
      timeoutMs,
    );
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    work.catch(() => {}); // an answer that comes too late is nobody's any more
  }
}
