import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import type { Dialect } from "../database/dialect.ts";
import { type Database, openDatabase } from "../database/open-database.ts";

/** A database server that this test run has. */
export interface DatabaseServer {
  dialect: Dialect;
  /** Of a user that may create databases. */
  url: string;
}

export interface TestDatabase {
  url: string;
  drop(): Promise<void>;
}

/**
 * The servers to run a register's tests on: PostgreSQL always (TRUC_TEST_POSTGRES_URL, which the test run's set-up
 * fills with an embedded one), MariaDB where TRUC_TEST_MARIADB_URL is set.
 */
export function databaseServers(): DatabaseServer[] {
  const { TRUC_TEST_POSTGRES_URL: postgres, TRUC_TEST_MARIADB_URL: mariadb } = process.env;
  if (!postgres)
    throw new Error(
      "TRUC_TEST_POSTGRES_URL is not set: run the tests with --config tests/vitest.config.ts",
    );
  return [
    { dialect: "postgres", url: postgres },
    ...(mariadb ? [{ dialect: "mariadb" as const, url: mariadb }] : []),
  ];
}

/** Creates an empty database of its own on a server, with texts compared byte by byte. */
export async function createTestDatabase({ dialect, url }: DatabaseServer): Promise<TestDatabase> {
  const name = `truc_test_${randomUUID().replaceAll("-", "").slice(0, 16)}`;
  await onServer(url, async (server) => {
    await (
      dialect === "postgres"
        ? sql`create database ${sql.id(name)} template template0 encoding 'UTF8' lc_collate 'C' lc_ctype 'C.UTF-8'`
        : sql`create database ${sql.id(name)} character set utf8mb4 collate utf8mb4_bin`
    ).execute(server.kysely);
  });
  const own = new URL(url);
  own.pathname = `/${name}`;
  return {
    url: own.href,
    drop: () =>
      onServer(url, async (server) => {
        await (
          dialect === "postgres"
            ? sql`drop database if exists ${sql.id(name)} with (force)`
            : sql`drop database if exists ${sql.id(name)}`
        ).execute(server.kysely);
      }),
  };
}

async function onServer(url: string, work: (server: Database) => Promise<void>): Promise<void> {
  const server = openDatabase(url, { maxConnections: 1 });
  try {
    await work(server);
  } finally {
    await server.close();
  }
}
