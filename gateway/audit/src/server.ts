import { PermitSecrets } from "@truc/contracts";
import {
  type Database,
  defineService,
  type Frame,
  Journal,
  migrate,
  mountSubgraph,
  openDatabase,
  PermitReader,
  type RunningService,
  runService,
  startHttp,
  StartupError,
  WatchedFile,
} from "@truc/service";
import { sql } from "kysely";
import { migrations } from "../migrations/index.ts";
import { openAuthority } from "./authority/authority.ts";
import { checkIdentity, type Identity } from "./identity.ts";
import { type CheckpointKey, readCheckpointKey, readRootKey } from "./keys.ts";
import { AuditLog } from "./log/audit-log.ts";
import { CheckpointSigner } from "./log/checkpoint-signer.ts";
import type { Follower } from "./log/follower.ts";
import { Postings } from "./postings/postings.ts";
import { addMonthKeysAddress } from "./private/month-keys-address.ts";
import { mountPublic } from "./public/mount-public.ts";
import { keepMonthsAhead } from "./segments/months-ahead.ts";
import { noteRetention } from "./segments/retention.ts";
import { AuditSettings } from "./settings.ts";
import { auditSubgraph } from "./subgraph.ts";
import { followFieldRules } from "./usage/field-rules.ts";
import { followFieldWords } from "./view/field-words.ts";
import { viewResolvers } from "./view/view-resolvers.ts";
import { UsageSums } from "./usage/usage-sums.ts";
import { usageResolvers } from "./usage/usage-resolvers.ts";

/** A statement of a request that takes longer fails. */
const STATEMENT_TIMEOUT_MS = 10_000;
/** One of the log may read much: what stood still for hours is put in order a few thousand records at a time. */
const LOG_STATEMENT_TIMEOUT_MS = 60_000;
const LOG_CONNECTIONS = 8;

/** The audit process: the log's order, tree and checkpoints, and who may look into it. */
export const service = defineService<AuditSettings>({
  name: "audit",
  settings: AuditSettings,
  start,
});

async function start(settings: AuditSettings, { log }: Frame): Promise<RunningService> {
  const closing = new Closing();
  try {
    const keys = {
      root: readRootKey(settings.AUDIT_KEY),
      checkpoint: readCheckpointKey(settings.CHECKPOINT_KEY),
    };
    const secrets = secretsIn(settings.AUDIT_SECRETS, "the secrets shared with routers", log);
    const permits = new PermitReader("audit", settings.PERMIT_SECRETS, log);
    const journal = new Journal({ directory: settings.JOURNAL, name: "audit" });
    closing.add(() => journal.close());
    const parts = { authority: authorityOf(settings, log), ...saidBySupergraph(settings, log) };
    await prepareDatabase(settings, { origin: settings.ORIGIN, ...keys }, log);
    const db = openDatabase(settings.DATABASE_URL, {
      statementTimeoutMs: STATEMENT_TIMEOUT_MS,
      log,
    });
    closing.add(() => db.close());
    const postings = new Postings({ db, log });
    const auditLog = await openLog(settings, keys.checkpoint, [postings, new UsageSums()], log);
    closing.add(() => auditLog.close());
    const notReady = async (): Promise<string[]> => ((await answers(db)) ? [] : ["database"]);
    const definition = auditSubgraph([
      viewResolvers({
        ...parts,
        log: auditLog.log,
        postings,
        root: keys.root,
        retentionMonths: settings.RETENTION_MONTHS,
      }),
      usageResolvers(parts),
    ]);
    // Known for certain only when the port is.
    let origin = settings.AUDIT_ORIGIN ?? "";
    const http = await startHttp({
      port: settings.PORT,
      host: settings.HOST,
      log,
      notReady,
      degraded: async () => auditLog.problems(),
      routes: (app) => {
        addMonthKeysAddress(app, {
          root: keys.root,
          origin: () => origin,
          secrets: () => secrets.content,
          log,
        });
        mountPublic(app, auditLog.log);
        mountSubgraph(app, definition, { db, permits, journal, log });
      },
    });
    origin ||= http.url;
    closing.add(() => http.stop());
    auditLog.start();
    return { url: http.url, notReady, stop: () => closing.all() };
  } catch (error) {
    await closing.all();
    throw error;
  }
}

/** The log on connections of its own: however many look into it, it goes on. */
async function openLog(
  { DATABASE_URL, ORIGIN: origin }: AuditSettings,
  key: CheckpointKey,
  followers: readonly Follower[],
  log: Frame["log"],
) {
  const db = openDatabase(DATABASE_URL, {
    maxConnections: LOG_CONNECTIONS,
    statementTimeoutMs: LOG_STATEMENT_TIMEOUT_MS,
    log,
  });
  try {
    const signer = CheckpointSigner.fromJwk(key, origin);
    const auditLog = await AuditLog.open({ db, origin, signer, followers, log });
    let months: string[] = [];
    const report = (problems: string[]): void => void (months = problems);
    const endMonths = await keepMonthsAhead({ db, log, report });
    return {
      log: auditLog,
      start: () => auditLog.start(),
      problems: () => [...auditLog.problems(), ...months],
      close: async () => {
        await endMonths();
        await auditLog.stop();
        await db.close();
      },
    };
  } catch (error) {
    await db.close();
    throw error;
  }
}

/** What has been opened, to be closed in the reverse order. */
class Closing {
  readonly #steps: (() => Promise<void>)[] = [];

  add(step: () => Promise<void>): void {
    this.#steps.push(step);
  }

  async all(): Promise<void> {
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) await step();
  }
}

function secretsIn(file: string, what: string, log: Frame["log"]): WatchedFile<PermitSecrets> {
  return new WatchedFile({ file, what, schema: PermitSecrets, log });
}

/** The authority, asked under the secrets that are valid at the moment. */
function authorityOf(
  { AUTHORITY_FEED: origin, FEED_SECRETS, TOKEN_ISSUER: issuer }: AuditSettings,
  log: Frame["log"],
): ReturnType<typeof openAuthority> {
  const file = secretsIn(FEED_SECRETS, "the feed's secrets", log);
  return openAuthority({
    origin,
    ...(issuer !== undefined && { issuer }),
    get secrets() {
      return file.content;
    },
    log,
  });
}

/** @throws StartupError */
function saidBySupergraph({ SUPERGRAPH: file }: AuditSettings, log: Frame["log"]) {
  try {
    return { rules: followFieldRules(file, log), words: followFieldWords(file, log) };
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? (error as Error).message;
    throw new StartupError(
      `The file ${file} of the setting SUPERGRAPH is no supergraph that can be read (${reason}).`,
      { cause: error },
    );
  }
}

/** Migrations may take long, so they run on connections of their own without a time limit. */
async function prepareDatabase(
  { DATABASE_URL, WRITER_ROLE, RETENTION_MONTHS }: AuditSettings,
  identity: Identity,
  log: Frame["log"],
): Promise<void> {
  const db = openDatabase(DATABASE_URL, { maxConnections: 2 });
  try {
    await migrate(db, migrations);
    await checkFlushes(db);
    await checkIdentity(db, identity);
    await noteRetention(db.kysely, RETENTION_MONTHS);
    const { rows } = await sql<{ granted: boolean }>`
      select audit_grant_writer(${WRITER_ROLE}) as granted`.execute(db.kysely);
    if (!rows[0]!.granted) log.warn({ role: WRITER_ROLE }, "the role of routers is not there yet");
  } finally {
    await db.close();
  }
}

/** @throws StartupError where what is committed may be lost with the machine */
async function checkFlushes(db: Database): Promise<void> {
  const { rows } = await sql<{ fsync: string }>`
    select current_setting('fsync') as fsync`.execute(db.kysely);
  if (rows[0]!.fsync === "on") return;
  throw new StartupError(
    "The audit database runs with fsync off, so that what it says is kept may be lost: set fsync to on in its configuration.",
  );
}

async function answers(db: Database): Promise<boolean> {
  return await db.ping().then(
    () => true,
    () => false,
  );
}

if (import.meta.main) await runService(service);
