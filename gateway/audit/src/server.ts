import { PermitSecrets } from "@truc/contracts";
import {
  type Database,
  defineService,
  type Frame,
  migrate,
  openDatabase,
  runService,
  startHttp,
  WatchedFile,
} from "@truc/service";
import { sql } from "kysely";
import { migrations } from "../migrations/index.ts";
import { checkIdentity, type Identity } from "./identity.ts";
import { readCheckpointKey, readRootKey } from "./keys.ts";
import { addMonthKeysAddress } from "./private/month-keys-address.ts";
import { AuditSettings } from "./settings.ts";

/** A statement of a request that takes longer fails. */
const STATEMENT_TIMEOUT_MS = 10_000;

/** The audit process: the log's order, tree and checkpoints, and who may look into it. */
export const service = defineService<AuditSettings>({
  name: "audit",
  settings: AuditSettings,
  start,
});

async function start(settings: AuditSettings, { log }: Frame) {
  const keys = {
    root: readRootKey(settings.AUDIT_KEY),
    checkpoint: readCheckpointKey(settings.CHECKPOINT_KEY),
  };
  const secrets = secretsIn(settings.AUDIT_SECRETS, "the secrets shared with routers", log);
  await prepareDatabase(settings, { origin: settings.ORIGIN, ...keys });
  const db = openDatabase(settings.DATABASE_URL, {
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
    log,
  });
  const notReady = async (): Promise<string[]> => ((await answers(db)) ? [] : ["database"]);
  try {
    // Known for certain only when the port is.
    let origin = settings.AUDIT_ORIGIN ?? "";
    const http = await startHttp({
      port: settings.PORT,
      host: settings.HOST,
      log,
      notReady,
      routes: (app) => {
        addMonthKeysAddress(app, {
          root: keys.root,
          origin: () => origin,
          secrets: () => secrets.content,
          log,
        });
      },
    });
    origin ||= http.url;
    return {
      url: http.url,
      notReady,
      async stop() {
        await http.stop();
        await db.close();
      },
    };
  } catch (error) {
    await db.close();
    throw error;
  }
}

function secretsIn(file: string, what: string, log: Frame["log"]): WatchedFile<PermitSecrets> {
  return new WatchedFile({ file, what, schema: PermitSecrets, log });
}

/** Migrations may take long, so they run on connections of their own without a time limit. */
async function prepareDatabase(
  { DATABASE_URL, WRITER_ROLE }: AuditSettings,
  identity: Identity,
): Promise<void> {
  const db = openDatabase(DATABASE_URL, { maxConnections: 2 });
  try {
    await migrate(db, migrations);
    await checkIdentity(db, identity);
    await sql`select audit_grant_writer(${WRITER_ROLE})`.execute(db.kysely);
  } finally {
    await db.close();
  }
}

async function answers(db: Database): Promise<boolean> {
  return await db.ping().then(
    () => true,
    () => false,
  );
}

if (import.meta.main) await runService(service);
