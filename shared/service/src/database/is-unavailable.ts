const NETWORK = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ECONNABORTED",
  "EPIPE",
  "ENOTFOUND",
  "EAI_AGAIN",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
]);

/** MariaDB and mysql2: connection lost, shutting down, too many connections. */
const MARIADB = new Set([
  "PROTOCOL_CONNECTION_LOST",
  "PROTOCOL_SEQUENCE_TIMEOUT",
  "ER_SERVER_SHUTDOWN",
  "ER_CON_COUNT_ERROR",
  "ER_CONNECTION_KILLED",
  "ER_QUERY_INTERRUPTED",
  "ER_NORMAL_SHUTDOWN",
  "ER_ACCESS_DENIED_ERROR",
  "ER_DBACCESS_DENIED_ERROR",
  "ER_BAD_DB_ERROR",
]);

/** PostgreSQL lets nobody in: wrong password or role, no such database, none that takes connections, no right to. */
const NOT_LET_IN = /^28[0-9A-Z]{3}$|^3D000$|^55000$|^42501$/;

/** MariaDB's statement time-out, for which mysql2 has no name. */
const MARIADB_STATEMENT_TIMEOUT = 1969;

/** pg: these errors of the driver itself carry no code. */
const DRIVER_MESSAGES =
  /^(Connection terminated|Query read timeout|timeout exceeded when trying to connect|timeout expired|Client has encountered a connection error|Client was closed|Can't add new command when connection is in closed state|Pool is closed|the database did not answer)/;

/**
 * Whether an error means that the database is down, stopping, overrun or out of reach: trying again later may help,
 * unlike with a statement that is wrong. PostgreSQL's codes are of its classes 08 (connection), 53 (resources),
 * 57P (operator intervention), 57014 (statement timeout), and those of a database that lets its own register in no more.
 */
export function isUnavailable(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isUnavailable);
  if (!(error instanceof Error)) return false;
  const { code, errno } = error as { code?: unknown; errno?: unknown };
  if (errno === MARIADB_STATEMENT_TIMEOUT) return true;
  if (typeof code === "string") {
    if (NETWORK.has(code) || MARIADB.has(code)) return true;
    if (/^(08|53)[0-9A-Z]{3}$|^57P0\d$|^57014$/.test(code) || NOT_LET_IN.test(code)) return true;
  }
  return (
    DRIVER_MESSAGES.test(error.message) || (error.cause !== undefined && isUnavailable(error.cause))
  );
}
