import { generateKeyPairSync } from "node:crypto";
import { type Database, migrate, openDatabase } from "@truc/service";
import { createTestDatabase, databaseServers } from "@truc/service/testing";
import { pino } from "pino";
import { migrations } from "../../../migrations/index.ts";
import { AuditLog, type AuditLogOptions } from "../audit-log.ts";
import { CheckpointSigner } from "../checkpoint-signer.ts";

export const TEST_ORIGIN = "log.example/audit";

/** An audit database of a test's own, migrated. */
export interface TestAuditDatabase {
  readonly db: Database;
  readonly url: string;
  /** Another pool of connections, as another process has it; closed together with the first. */
  another(): Database;
  drop(): Promise<void>;
}

export async function createAuditDatabase(): Promise<TestAuditDatabase> {
  const server = await createTestDatabase(databaseServers()[0]!);
  const pools: Database[] = [];
  const another = (): Database => {
    const pool = openDatabase(server.url);
    pools.push(pool);
    return pool;
  };
  const db = another();
  await migrate(db, migrations);
  return {
    db,
    url: server.url,
    another,
    drop: async () => {
      await Promise.all(pools.map((pool) => pool.close()));
      await server.drop();
    },
  };
}

/** The same key in every log of a test file, as processes on one database share theirs. */
export const TEST_SIGNER = new CheckpointSigner(
  generateKeyPairSync("ed25519").privateKey,
  TEST_ORIGIN,
);

/** A log that looks only when a test tells it to. */
export async function openTestLog(
  db: Database,
  options: Partial<AuditLogOptions> = {},
): Promise<AuditLog> {
  return await AuditLog.open({
    db,
    origin: TEST_ORIGIN,
    signer: TEST_SIGNER,
    followers: [],
    log: pino({ level: "silent" }),
    ...options,
  });
}
