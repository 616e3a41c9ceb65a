import { MAX_BATCH_ITEMS, Refusal } from "@truc/contracts";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { migrate, unreachable } from "../database/migrate.ts";
import { type Database, openDatabase } from "../database/open-database.ts";
import { startHttp } from "../http/start-http.ts";
import { Journal } from "../journal/journal.ts";
import type { Frame, RunningService } from "../process/define-service.ts";
import type { SubgraphDefinition } from "./define-subgraph.ts";
import { PermitReader } from "./permit-reader.ts";
import { SubgraphServer } from "./subgraph-server.ts";
import type { SubgraphSettings } from "./subgraph-settings.ts";

/** A full batch of full entity fetches, each with its permit. */
const BODY_LIMIT_BYTES = 8 * 1024 * 1024;
const STATEMENT_TIMEOUT_MS = 10_000;

/** A register that runs; `server` is for tests. */
export interface RunningSubgraph extends RunningService {
  server: SubgraphServer;
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
    log,
  });
  const notReady = async (): Promise<string[]> => ((await answers(db)) ? [] : ["database"]);
  try {
    const server = new SubgraphServer(definition, { db, permits, journal, log });
    const http = await startHttp({
      port: settings.PORT,
      host: settings.HOST,
      log,
      bodyLimitBytes: BODY_LIMIT_BYTES,
      notReady,
      routes: (app) => addRoutes(app, server),
    });
    return {
      url: http.url,
      server,
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

function addRoutes(app: FastifyInstance, server: SubgraphServer): void {
  // GraphQL over HTTP allows text/plain to be guessed at; a permit is no reason to.
  app.removeContentTypeParser("text/plain");
  app.post("/graphql", async (request, reply) => {
    if (request.body === undefined || request.body === null) {
      throw new Refusal("READ_MEDIA_TYPE");
    }
    const { status, body } = await server.answer(request.body, {
      requestId: request.id,
      permitHeader: headerOf(request, "x-permit"),
      traceparent: headerOf(request, "traceparent"),
    });
    return reply.code(status).type("application/json; charset=utf-8").send(JSON.stringify(body));
  });
  app.route({
    method: ["GET", "PUT", "DELETE"],
    url: "/graphql",
    handler: async (_request, reply) =>
      reply
        .code(405)
        .header("allow", "POST")
        .send({
          errors: [
            {
              message: `Send operations by POST, one or an array of at most ${MAX_BATCH_ITEMS}.`,
              extensions: { code: "BAD_REQUEST" },
            },
          ],
        }),
  });
}

function headerOf(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}
