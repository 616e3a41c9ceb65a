import { type Database, openDatabase } from "@truc/service";
import {
  createTestDatabase,
  type DatabaseServer,
  startSubgraph,
  type TestSubgraph,
} from "@truc/service/testing";
import { subgraph } from "../server.ts";

/** The register running over a database of its own. */
export interface TestRegister {
  subgraph: TestSubgraph;
  /** The same database, past the register. */
  db: Database;
  stop(): Promise<void>;
}

/** Starts the register on a server and fills its database. */
export async function startRegister(
  server: DatabaseServer,
  fill: (db: Database) => Promise<void>,
): Promise<TestRegister> {
  const database = await createTestDatabase(server);
  const running = await startSubgraph(subgraph, database.url);
  const db = openDatabase(database.url, { maxConnections: 2 });
  await fill(db);
  return {
    subgraph: running,
    db,
    async stop() {
      await running.stop();
      await db.close();
      await database.drop();
    },
  };
}
