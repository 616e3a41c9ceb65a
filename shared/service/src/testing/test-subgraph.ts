import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Permit, type PermitSecrets, signPermit, UNLIMITED } from "@truc/contracts";
import { createLog } from "../process/create-log.ts";
import type { DatabaseUse } from "../database/statement-count.ts";
import { readAccessRules } from "../subgraph/access-rules.ts";
import { guard } from "../subgraph/columns.ts";
import { buildSchema } from "../subgraph/build-schema.ts";
import type { Subgraph, SubgraphDefinition } from "../subgraph/define-subgraph.ts";
import { startSubgraphServer } from "../subgraph/start-subgraph-server.ts";

/** A GraphQL result as a client reads it. */
export interface TestResult {
  data?: any;
  errors?: { message: string; path?: (string | number)[]; extensions: Record<string, any> }[];
}

/** What a test's permit says; every scope of the schema and no limits unless told otherwise. */
export type TestPermit = Partial<Permit>;

export interface TestSubgraph {
  url: string;
  secrets: PermitSecrets;
  /** Where its journal is. */
  directory: string;
  /** Every scope that its schema names. */
  scopes: string[];
  /** Signs a permit made out to it. */
  permit(claims?: TestPermit): Promise<string>;
  /** Sends one operation under a permit. */
  query(
    query: string,
    options?: TestPermit & { variables?: Record<string, unknown> },
  ): Promise<TestResult>;
  /** Sends any body as it is. */
  post(body: unknown, headers?: Record<string, string>): Promise<Response>;
  /** SQL statements and entity rows of the last HTTP request. */
  readonly statements: number;
  readonly rows: number;
  lastUse(): DatabaseUse;
  /** The text of every SQL statement that it sends while something is done, without parameters. */
  statementsOf(work: () => Promise<unknown>): Promise<string[]>;
  stop(): Promise<void>;
}

/**
 * Starts a register on a free port with a fresh secret, over a database that it migrates first.
 * @param options.log what gets each line of its log; without it, nothing is logged
 */
export async function startSubgraph(
  given: SubgraphDefinition | Subgraph,
  databaseUrl: string,
  options: { log?: (line: string) => void } = {},
): Promise<TestSubgraph> {
  guard.rows = true;
  const definition = "definition" in given ? given.definition : given;
  const directory = await mkdtemp(join(tmpdir(), `truc-${definition.name}-`));
  const secrets: PermitSecrets = {
    keys: [{ kid: "test", secret: randomBytes(32).toString("base64url") }],
  };
  const secretsPath = join(directory, "permit-secrets.json");
  await writeFile(secretsPath, JSON.stringify(secrets), { mode: 0o600 });
  const running = await startSubgraphServer(
    definition,
    {
      PORT: 0,
      HOST: "127.0.0.1",
      DATABASE_URL: databaseUrl,
      PERMIT_SECRETS: secretsPath,
      JOURNAL: directory,
      LOG_LEVEL: "silent",
      POOL_SIZE: 5,
    },
    {
      log: createLog({
        name: definition.name,
        level: options.log ? "info" : "silent",
        destination: { write: options.log ?? (() => {}) },
      }),
    },
  );
  const scopes = scopesOf(definition);
  const permit = async (claims: TestPermit = {}): Promise<string> => {
    await Promise.resolve();
    const now = Math.floor(Date.now() / 1_000);
    return signPermit(
      {
        aud: definition.name,
        iat: now,
        exp: now + 60,
        scopes,
        limits: UNLIMITED,
        distance: 0,
        system: "test",
        ...claims,
      },
      secrets,
    );
  };
  const post = (body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${running.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
  return {
    url: running.url,
    secrets,
    directory,
    scopes,
    permit,
    post,
    async query(query, { variables, ...claims } = {}) {
      const response = await post({
        query,
        variables,
        extensions: { permit: await permit(claims) },
      });
      return (await response.json()) as TestResult;
    },
    get statements() {
      return running.server.lastUse.statements;
    },
    get rows() {
      return running.server.lastUse.rows;
    },
    lastUse: () => running.server.lastUse,
    async statementsOf(work) {
      const statements: string[] = [];
      running.db.onStatement = (sql) => statements.push(sql);
      try {
        await work();
      } finally {
        running.db.onStatement = undefined;
      }
      return statements;
    },
    async stop() {
      await running.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function scopesOf(definition: SubgraphDefinition): string[] {
  const { fields, types } = readAccessRules(buildSchema(definition));
  return [...new Set([...fields.values(), ...types.values()].flat(2))].toSorted();
}
