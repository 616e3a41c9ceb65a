import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEmbeddedPostgres } from "../../infra/src/embedded-postgres.ts";

/** Servers that tests use when their variable is set, and what stays untested when it is not. */
const OPTIONAL_SERVERS = { TRUC_TEST_MARIADB_URL: "MariaDB", TRUC_TEST_REDIS_URL: "Redis" };

/**
 * Once for the whole run: an embedded PostgreSQL, unless TRUC_TEST_POSTGRES_URL names a server that is there already.
 * The worker processes inherit the variable.
 */
export default async function setUpServers(): Promise<() => Promise<void>> {
  for (const [variable, server] of Object.entries(OPTIONAL_SERVERS)) {
    if (!process.env[variable])
      console.info(`${variable} is not set: tests that need ${server} do not run.`);
  }
  if (process.env["TRUC_TEST_POSTGRES_URL"]) return async () => {};
  const directory = await mkdtemp(join(tmpdir(), "truc-test-postgres-"));
  const postgres = await startEmbeddedPostgres({ directory, port: 0 });
  process.env["TRUC_TEST_POSTGRES_URL"] = postgres.adminUrl;
  return async () => {
    await postgres.stop();
    await rm(directory, { recursive: true, force: true });
  };
}
