import { migrate, unreachable } from "../database/migrate.ts";
import { type Database, openDatabase } from "../database/open-database.ts";
import { startHttp } from "../http/start-http.ts";
import { Journal } from "../journal/journal.ts";
import type { Frame, RunningService } from "../process/define-service.ts";
import type { SubgraphDefinition } from "./define-subgraph.ts";
import { mountSubgraph } from "./mount-subgraph.ts";
import { PermitReader } from "./permit-reader.ts";
import type { SubgraphServer } from "./subgraph-server.ts";
import type { SubgraphSettings } from "./subgraph-settings.ts";

const STATEMENT_TIMEOUT_MS = 10_000;

/** A register that runs; `server` and `db` are for tests. */
export interface RunningSubgraph extends RunningService {
  server: SubgraphServer;
  db: Database;
}

/** Starts one register: database, migrations, then HTTP. */
export async function startSubgraphServer(
  definition: SubgraphDefinition,
  settings: SubgraphSettings,
  { log }: Frame,
): Promise<RunningSubgraph> {
  const permits = new PermitReader(definition.name, settings.PERMIT_SECRETS, log);
  const journal = new Journal({ directory: settings.JOURNAL, name: definition.name });
  await prepareDatabase(definition, settings.DATABASE_URL);
  const db = openDatabase(settings.DATABASE_URL, {
    maxConnections: settings.POOL_SIZE,
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
    plansForKeys: true,
    log,
  });
  const notReady = async (): Promise<string[]> => ((await answers(db)) ? [] : ["database"]);
  try {
    let server: SubgraphServer | undefined;
    const http = await startHttp({
      port: settings.PORT,
      host: settings.HOST,
      log,
      notReady,
      routes: (app) => {
        server = mountSubgraph(app, definition, { db, permits, journal, log });
      },
    });
    return {
      url: http.url,
      server: server!,
      db,
      notReady,
      async stop() {
        await http.stop();
        await journal.close();
        await db.close();
      },
    };
  } catch (error) {
    await journal.close();
    await db.close();
    throw error;
  }
}

/** Migrations may take long, so they run on connections of their own without a time limit. */
async function prepareDatabase(definition: SubgraphDefinition, url: string): Promise<void> {
  const db = openDatabase(url, { maxConnections: 2 });
  try {
    await db.ping().catch((error: unknown) => {
      throw unreachable(error);
    });
    await migrate(db, definition.migrations);
  } finally {
    await db.close();
  }
}

async function answers(db: Database): Promise<boolean> {
  try {
    await db.ping();
    return true;
  } catch {
    return false;
  }
}
