import type { MysqlPool, MysqlPoolConnection } from "kysely";
import { createPool, type PoolConnection, type QueryError, type QueryOptions } from "mysql2";
import type { DatabaseOptions } from "./open-database.ts";
import { isReading, observer, unobserved } from "./statement-count.ts";

/** A pool of MariaDB connections set up so that values come out as they do from PostgreSQL. */
export function mariadbPool(url: string, options: DatabaseOptions): MysqlPool {
  const { hostname, port, username, password, pathname } = new URL(url);
  const pool = createPool({
    host: hostname.replace(/^\[|\]$/g, ""),
    port: port === "" ? 3306 : Number(port),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    database: decodeURIComponent(pathname.slice(1)),
    connectionLimit: options.maxConnections ?? 10,
    connectTimeout: 5_000,
    charset: "utf8mb4_bin",
    timezone: "Z",
    dateStrings: ["DATE"],
    supportBigNumbers: true,
    decimalNumbers: true,
    enableKeepAlive: true,
  });
  pool.on("connection", (connection) => {
    connection.on("error", (error) =>
      options.log?.warn({ err: error }, "a database connection was lost"),
    );
    connection.query("SET time_zone = '+00:00'", ignore);
    connection.query(
      "SET sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO'",
      ignore,
    );
    if (options.statementTimeoutMs) {
      connection.query(`SET max_statement_time = ${options.statementTimeoutMs / 1_000}`, ignore);
    }
  });
  const { statementTimeoutMs } = options;
  const timeoutMs = statementTimeoutMs ? statementTimeoutMs + 1_000 : undefined;
  return {
    getConnection: (done) =>
      unobserved(() =>
        pool.getConnection((error, connection) =>
          done(error, error ? (undefined as never) : withoutSilence(connection, timeoutMs)),
        ),
      ),
    end: (done) => pool.end(done),
  };
}

/**
 * A connection that is thrown away once a statement has waited in vain: what the network has forgotten would stay
 * silent for every statement after it. The server's own time limit does not reach this side of a dead connection.
 */
function withoutSilence(
  connection: PoolConnection,
  timeoutMs: number | undefined,
): MysqlPoolConnection {
  const query = (
    sql: string,
    values: unknown,
    done?: (error: unknown, result: never) => void,
  ): unknown => {
    if (isReading(sql)) observer()?.sending?.();
    return connection.query(
      {
        sql,
        values: values as QueryOptions["values"],
        ...(timeoutMs !== undefined && { timeout: timeoutMs }),
      },
      (error: QueryError | null, result: unknown) => {
        if (error?.code === "PROTOCOL_SEQUENCE_TIMEOUT") connection.destroy();
        done?.(error, result as never);
      },
    );
  };
  return {
    config: connection.config,
    threadId: connection.threadId,
    connect: (done) => connection.connect(done),
    destroy: () => connection.destroy(),
    release: () => unobserved(() => connection.release()),
    query: query as MysqlPoolConnection["query"],
  };
}

/** A connection on which this fails is lost, and the statement that waits for it says so. */
function ignore(): void {}
