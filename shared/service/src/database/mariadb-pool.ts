import { createPool, type Pool } from "mysql2";
import type { DatabaseOptions } from "./open-database.ts";

/** A pool of MariaDB connections set up so that values come out as they do from PostgreSQL. */
export function mariadbPool(url: string, options: DatabaseOptions): Pool {
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
  return pool;
}

/** A connection on which this fails is lost, and the statement that waits for it says so. */
function ignore(): void {}
