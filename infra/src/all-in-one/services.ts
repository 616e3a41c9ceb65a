import { openSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { service as audit } from "@truc/audit";
import { service as authority } from "@truc/authority";
import { service as router } from "@truc/router";
import {
  createLog,
  LogOutlet,
  readSettings,
  StartupError,
  tellOnStandardError,
  type RunningService,
  type ServiceDefinition,
  type Subgraph,
} from "@truc/service";
import type { FederatedSubgraph } from "../federation.ts";
import { FEDERATION_FILE } from "../federation.ts";
import type { DataFolder } from "./data-folder.ts";
import {
  auditKeys,
  auditSecrets,
  feedSecrets,
  operatorKeys,
  permitSecretsOf,
  receiptKeys,
} from "./keys.ts";

const TOKEN_AUDIENCE = "urn:truc:gateway";

/** The subgraph's process as its folder exports it: what is in federation.yaml needs no line of code here. */
export async function importSubgraph(subgraph: FederatedSubgraph): Promise<Subgraph> {
  const file = join(subgraph.folder, "src", "server.ts");
  const module = (await import(pathToFileURL(file).href)) as { service?: Subgraph };
  if (module.service === undefined) throw new StartupError(`${file} exports no \`service\`.`);
  return module.service;
}

/**
 * Starts one service in this process with the environment it would have as a process of its own; its log goes to
 * DIR/log/NAME.jsonl.
 */
async function startService<S>(
  definition: ServiceDefinition<S>,
  environment: Record<string, string>,
  folder: DataFolder,
): Promise<RunningService> {
  const path = join(folder.log, `${definition.name}.jsonl`);
  const file = new LogOutlet(openSync(path, "a", 0o600), (sentence) =>
    tellOnStandardError(`${path}: ${sentence}`),
  );
  const log = createLog({ name: definition.name, destination: file });
  try {
    const running = await definition.start(readSettings(definition.settings, environment), { log });
    return {
      ...running,
      stop: async () => {
        await running.stop();
        await file.close();
      },
    };
  } catch (error) {
    await file.close();
    if (!(error instanceof StartupError)) throw error;
    throw new StartupError(`The service ${definition.name} does not start: ${error.message}`, {
      cause: error,
    });
  }
}

/** What the authority and the audit process serve as subgraphs: their names in federation.yaml. */
const REGISTRY = "registry";
const AUDIT_LOG = "audit";

/** The role under which the router writes into the audit database, and may do nothing else. */
export const AUDIT_WRITER = "truc_audit_writer";
/** The log's name in its checkpoints; a real deployment's is unique in the world. */
const AUDIT_NAME = "localhost/audit";

/** The authority: tokens, the registry as a subgraph, and the registry's feed for the router. */
export async function startAuthority(
  folder: DataFolder,
  options: { port: number; databaseUrl: string; supergraph: string; testPeople: string },
): Promise<RunningService> {
  const journal = join(folder.journal, REGISTRY);
  await mkdir(journal, { recursive: true, mode: 0o700 });
  return await startService(
    authority,
    {
      PORT: String(options.port),
      DATABASE_URL: options.databaseUrl,
      AUDIENCE: TOKEN_AUDIENCE,
      SIGNING_KEYS: join(folder.authority, "signing-keys.json"),
      SECRETS: join(folder.authority, "secrets.json"),
      PERMIT_SECRETS: await permitSecretsOf(REGISTRY, folder),
      FEED_SECRETS: await feedSecrets(folder),
      OPERATOR_KEYS: await operatorKeys(folder),
      JOURNAL: journal,
      SUPERGRAPH: options.supergraph,
      SIGN_IN: "test",
      TEST_PEOPLE: options.testPeople,
    },
    folder,
  );
}

/** The audit process: the log's order and tree, who may look into it as a subgraph, and the router's month keys. */
export async function startAudit(
  folder: DataFolder,
  options: { port: number; databaseUrl: string; supergraph: string; issuer: string },
): Promise<RunningService> {
  const journal = join(folder.journal, AUDIT_LOG);
  await mkdir(journal, { recursive: true, mode: 0o700 });
  const keys = await auditKeys(folder);
  return await startService(
    audit,
    {
      PORT: String(options.port),
      DATABASE_URL: options.databaseUrl,
      WRITER_ROLE: AUDIT_WRITER,
      AUDIT_KEY: keys.root,
      CHECKPOINT_KEY: keys.checkpoint,
      ORIGIN: AUDIT_NAME,
      AUDIT_SECRETS: keys.secrets,
      PERMIT_SECRETS: await permitSecretsOf(AUDIT_LOG, folder),
      JOURNAL: journal,
      AUTHORITY_FEED: options.issuer,
      FEED_SECRETS: await feedSecrets(folder),
      SUPERGRAPH: options.supergraph,
    },
    folder,
  );
}

export async function startSubgraph(
  subgraph: FederatedSubgraph,
  folder: DataFolder,
  port: number,
  databaseUrl: string,
): Promise<RunningService> {
  const journal = join(folder.journal, subgraph.name);
  await mkdir(journal, { recursive: true, mode: 0o700 });
  return await startService(
    await importSubgraph(subgraph),
    {
      PORT: String(port),
      DATABASE_URL: databaseUrl,
      PERMIT_SECRETS: await permitSecretsOf(subgraph.name, folder),
      JOURNAL: journal,
    },
    folder,
  );
}

export async function startRouter(
  folder: DataFolder,
  options: {
    port: number;
    supergraph: string;
    issuer: string;
    jwks: string;
    /** The audit process's address, and its database as a router may use it. */
    audit: { origin: string; databaseUrl: string };
  },
): Promise<RunningService> {
  return await startService(
    router,
    {
      PORT: String(options.port),
      SUPERGRAPH: options.supergraph,
      FEDERATION: FEDERATION_FILE,
      PERMIT_SECRETS: folder.permits,
      TOKEN_ISSUER: options.issuer,
      TOKEN_AUDIENCE,
      TOKEN_ALGORITHMS: "ES256",
      JWKS_URL: options.jwks,
      GRANTS: "authority",
      AUTHORITY_FEED: options.issuer,
      FEED_SECRETS: await feedSecrets(folder),
      PUBLIC_URL: `http://127.0.0.1:${options.port}/graphql`,
      AUDIT: options.audit.databaseUrl,
      AUDIT_ORIGIN: options.audit.origin,
      AUDIT_SECRETS: await auditSecrets(folder),
      RECEIPT_KEYS: await receiptKeys(folder),
    },
    folder,
  );
}

/** Long enough for a slow machine; what is well is ready within a second. */
const READY_WITHIN_MS = 30_000;
const LOOK_EVERY_MS = 20;

/**
 * Waits until a service can do all it is there for: the router until it has keys and registry.
 * @throws StartupError naming what it lacks
 */
export async function untilReady(name: string, service: RunningService): Promise<void> {
  const deadline = performance.now() + READY_WITHIN_MS;
  for (;;) {
    const missing = await service.notReady();
    if (missing.length === 0) return;
    if (performance.now() > deadline)
      throw new StartupError(`The service ${name} is not ready: it lacks ${missing.join(", ")}.`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

/** Where the authority says its keys are (RFC 8414). */
export async function keysAddress(issuer: string): Promise<string> {
  const response = await fetch(`${issuer}/.well-known/openid-configuration`);
  const { jwks_uri: address } = (await response.json()) as { jwks_uri?: string };
  if (address === undefined) throw new Error(`the authority at ${issuer} publishes no jwks_uri`);
  return address;
}
