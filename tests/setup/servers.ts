import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEmbeddedPostgres } from "../../infra/src/embedded-postgres.ts";
import { freePort } from "@truc/service/testing";

/** Servers that tests use when their variable is set, and what stays untested when it is not. */
const OPTIONAL_SERVERS = { TRUC_TEST_MARIADB_URL: "MariaDB", TRUC_TEST_REDIS_URL: "Redis" };

/**
 * Once for the whole run: an embedded PostgreSQL, unless TRUC_TEST_POSTGRES_URL names a server that is there already,
 * and a Redis where its program is installed. The worker processes inherit the variables.
 */
export default async function setUpServers(): Promise<() => Promise<void>> {
  const redis = process.env["TRUC_TEST_REDIS_URL"] ? undefined : await startRedis();
  for (const [variable, server] of Object.entries(OPTIONAL_SERVERS)) {
    if (!process.env[variable])
      console.info(`${variable} is not set: tests that need ${server} do not run.`);
  }
  const stopRedis = async (): Promise<void> => {
    if (redis?.kill() === true) await once(redis, "exit");
  };
  if (process.env["TRUC_TEST_POSTGRES_URL"]) return stopRedis;
  const directory = await mkdtemp(join(tmpdir(), "truc-test-postgres-"));
  const postgres = await startEmbeddedPostgres({ directory, port: await freePort() });
  process.env["TRUC_TEST_POSTGRES_URL"] = postgres.adminUrl;
  return async () => {
    await stopRedis();
    await postgres.stop();
    await rm(directory, { recursive: true, force: true });
  };
}

/** A Redis of this run's own, which keeps nothing; undefined where there is no redis-server. */
async function startRedis(): Promise<ChildProcess | undefined> {
  const port = await freePort();
  const redis = spawn(
    "redis-server",
    ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
    { stdio: ["ignore", "pipe", "ignore"], cwd: tmpdir() },
  );
  const ready = new Promise<boolean>((resolve) => {
    redis.once("error", () => resolve(false));
    redis.once("exit", () => resolve(false));
    redis.stdout.on("data", (text: Buffer) => {
      if (/ready to accept connections/i.test(text.toString())) resolve(true);
    });
  });
  if (!(await ready)) return undefined;
  process.env["TRUC_TEST_REDIS_URL"] = `redis://127.0.0.1:${port}`;
  return redis;
}
