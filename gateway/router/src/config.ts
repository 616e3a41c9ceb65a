import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { AUDIT_KEY_BYTES, FEED_SILENCE_MAX_MS, PermitSecrets } from "@truc/contracts";
import { settings, StartupError } from "@truc/service/process";
import { parse } from "yaml";
import * as z from "zod";
import type { Capabilities } from "./execute/subgraph-clients.ts";
import type { SubjectSetsOperation } from "./subjects/subject-sets.ts";

const AUDIT_FORMS = "must be postgresql://… or journal:DIRECTORY";
const ALGORITHMS = ["ES256", "ES384", "EdDSA", "RS256", "PS256"] as const;

const variables = z.object({
  PORT: settings.port.default(4000),
  HOST: settings.host,
  SUPERGRAPH: settings.filePath.describe(
    "The composed supergraph; read again whenever it changes.",
  ),
  FEDERATION: settings.filePath
    .optional()
    .describe(
      "federation.yaml, which says which subgraphs take permits; without it all get plain Federation requests.",
    ),
  PERMIT_SECRETS: settings.directory
    .optional()
    .describe(
      "The folder of `<subgraph>.json`, the secrets shared with each subgraph that takes permits.",
    ),
  TOKEN_ISSUER: z
    .string()
    .min(1, "must be the issuer that tokens for this router name")
    .describe("`iss` of the tokens that are believed."),
  TOKEN_AUDIENCE: z
    .string()
    .min(1, "must be the audience that tokens for this router name")
    .describe("`aud` of the tokens that are believed."),
  TOKEN_ALGORITHMS: z
    .string()
    .default("ES256,EdDSA")
    .transform((text) => text.split(",").map((name) => name.trim()))
    .pipe(
      z
        .array(z.enum(ALGORITHMS, `must be a comma-separated list out of ${ALGORITHMS.join(", ")}`))
        .min(1),
    )
    .describe(`Signature algorithms accepted, comma-separated, out of ${ALGORITHMS.join(", ")}.`),
  TOKEN_LEEWAY_SECONDS: settings
    .integer(0, 60)
    .default(5)
    .describe("How far this machine's clock and the issuer's may differ."),
  JWKS_URL: settings.url.describe("Where the issuer's public keys are read."),
  GRANTS: z
    .enum(["authority", "token"], "must be authority or token")
    .default("authority")
    .describe(
      "`authority`: what the authority's feed says is granted. `token`: a token's scopes are the grant.",
    ),
  UNAUTHORIZED: z
    .enum(["filter", "reject"], "must be filter or reject")
    .default("filter")
    .describe(
      "What becomes of an operation with fields the caller may not read. `filter`: they are null, each with an error. `reject`: the operation is refused whole.",
    ),
  AUTHORITY_FEED: settings.url
    .optional()
    .describe("The authority's address for the registry's feed; needed with `GRANTS=authority`."),
  FEED_SECRETS: settings.filePath
    .optional()
    .describe(
      "The file of the secrets shared with the authority, in the form of a subgraph's; needed with `GRANTS=authority`.",
    ),
  FEED_SILENCE_MS: settings
    .integer(100, FEED_SILENCE_MAX_MS)
    .default(FEED_SILENCE_MAX_MS)
    .describe("Without word from the authority for longer, every request is refused."),
  PUBLIC_URL: settings.url
    .optional()
    .describe(
      "The address of /graphql as callers know it, which their proofs of possession name; http://HOST:PORT/graphql unless it is set.",
    ),
  AUDIT: z
    .string(AUDIT_FORMS)
    .refine((text) => isJournal(text) || isDatabase(text), AUDIT_FORMS)
    .describe(
      "Where records go: `postgresql://…`, the audit database under a role that may only insert; or `journal:DIRECTORY`, for routers without an audit process.",
    ),
  AUDIT_ORIGIN: settings.url
    .transform((url) => url.replace(/\/+$/, ""))
    .optional()
    .describe(
      "The audit process's address, where the keys of the months are; needed with `AUDIT=postgresql://…`.",
    ),
  AUDIT_SECRETS: settings.filePath
    .optional()
    .describe(
      "The file of the secrets shared with the audit process, in the form of a subgraph's; needed with `AUDIT=postgresql://…`.",
    ),
  AUDIT_KEY: settings.filePath
    .optional()
    .describe(
      "With `AUDIT=journal:…`, the file of the root key of pseudonyms and digests, 32 bytes as base64url; without it a key of this process's own.",
    ),
  RECEIPT_KEYS: settings.filePath
    .optional()
    .describe(
      "The file of the keys for receipts, a JWK set of Ed25519 keys: the first signs, all are published. Without it, who wants a receipt is refused.",
    ),
  FETCH_DEADLINE_MS: settings
    .integer(10, 120_000)
    .default(10_000)
    .describe("How long one subgraph may take."),
  REQUEST_DEADLINE_MS: settings
    .integer(10, 300_000)
    .default(30_000)
    .describe("How long one request may take."),
  MAX_REQUESTS: settings
    .integer(1, 100_000)
    .default(2_000)
    .describe("Requests under way at most; more are refused."),
  REDIS_URL: z
    .url({ protocol: /^rediss?$/, error: "must be a URL of redis: or rediss:" })
    .optional()
    .describe(
      "The Redis that routers share budgets and the guard against replay in; without it each keeps its own.",
    ),
  BUDGET_SHARE_PERCENT: settings
    .integer(1, 100)
    .default(25)
    .describe("How much of every budget one router gives out by itself while Redis is lost."),
  LIST_SIZE_DEFAULT: settings
    .integer(1, 10_000)
    .default(20)
    .describe("How long a list is taken to be, for its cost, that no `@listSize` speaks of."),
  MAX_VALUES: settings
    .integer(1_000, 1_000_000_000)
    .default(200_000)
    .describe(
      "How many values an answer may be estimated to hold; an operation for more is refused. Lists count as for the cost, of keys as many as are given.",
    ),
  LOG_LEVEL: settings.logLevel,
  NODE_ENV: settings.nodeEnv,
});
const NEEDED_WITH_DATABASE = "must be set where records go to a database (AUDIT=postgresql://…)";
const NEEDED_WITH_AUTHORITY = "must be set where grants are the authority's (GRANTS=authority)";

/** The router's settings, each an environment variable. */
export const routerSettings = variables
  .refine(({ GRANTS, AUTHORITY_FEED }) => GRANTS === "token" || AUTHORITY_FEED !== undefined, {
    path: ["AUTHORITY_FEED"],
    message: NEEDED_WITH_AUTHORITY,
  })
  .refine(({ GRANTS, FEED_SECRETS }) => GRANTS === "token" || FEED_SECRETS !== undefined, {
    path: ["FEED_SECRETS"],
    message: NEEDED_WITH_AUTHORITY,
  })
  .refine(({ AUDIT, AUDIT_ORIGIN }) => isJournal(AUDIT) || AUDIT_ORIGIN !== undefined, {
    path: ["AUDIT_ORIGIN"],
    message: NEEDED_WITH_DATABASE,
  })
  .refine(({ AUDIT, AUDIT_SECRETS }) => isJournal(AUDIT) || AUDIT_SECRETS !== undefined, {
    path: ["AUDIT_SECRETS"],
    message: NEEDED_WITH_DATABASE,
  });
export type RouterSettings = z.output<typeof routerSettings>;

const FederationFile = z.object({
  subgraphs: z.record(
    z.string(),
    z.object({
      permit: z.boolean().default(false),
      batching: z.boolean().default(false),
      splicing: z.boolean().default(false),
    }),
  ),
  subjectSets: z
    .object({
      subgraph: z.string(),
      operation: z.string(),
      scopes: z.array(z.string()).default([]),
      entity: z.string(),
    })
    .optional(),
});

/** What the router takes from federation.yaml. */
export interface FederationSettings {
  /** What each subgraph can do, by its name. */
  readonly capabilities: ReadonlyMap<string, Capabilities>;
  /** Which operation says whose records belong to a person. */
  readonly subjectSets: SubjectSetsOperation | undefined;
}

/** @throws StartupError */
export function readFederation(path: string | undefined): FederationSettings {
  if (path === undefined) return { capabilities: new Map(), subjectSets: undefined };
  const file = FederationFile.safeParse(parse(readText(path, "FEDERATION")));
  if (!file.success) throw new StartupError(`The file ${path} is not a list of subgraphs.`);
  const { subgraphs, subjectSets } = file.data;
  return { capabilities: new Map(Object.entries(subgraphs)), subjectSets };
}

/** The secrets shared with each subgraph, by the subgraph's name. @throws StartupError */
export function readPermitSecrets(
  directory: string | undefined,
): ReadonlyMap<string, PermitSecrets> {
  if (directory === undefined) return new Map();
  const names = listDirectory(directory).filter((name) => name.endsWith(".json"));
  return new Map(
    names.map((name) => [
      basename(name, ".json"),
      readSecrets(join(directory, name), "PERMIT_SECRETS"),
    ]),
  );
}

/** One file of shared secrets. @throws StartupError */
export function readSecrets(path: string, setting: string): PermitSecrets {
  let secrets: unknown;
  try {
    secrets = JSON.parse(readText(path, setting));
  } catch (error) {
    if (error instanceof StartupError) throw error;
  }
  const parsed = PermitSecrets.safeParse(secrets);
  if (!parsed.success)
    throw new StartupError(`The file ${path} of the setting ${setting} holds no shared secrets.`);
  return parsed.data;
}

function isJournal(audit: string): boolean {
  return /^journal:./.test(audit);
}

function isDatabase(audit: string): boolean {
  return /^postgres(?:ql)?:\/\//.test(audit) && URL.canParse(audit);
}

/** The directory of the journal that the setting AUDIT names; undefined where it names a database. */
export function journalDirectory(audit: string): string | undefined {
  return isJournal(audit) ? audit.slice("journal:".length) : undefined;
}

/** The root key of pseudonyms and digests. @throws StartupError when others can read it or it is no key */
export function readAuditKey(path: string | undefined): Buffer {
  if (path === undefined) return randomBytes(AUDIT_KEY_BYTES);
  const key = Buffer.from(readText(path, "AUDIT_KEY").trim(), "base64url");
  if (process.platform !== "win32" && (statSync(path).mode & 0o077) !== 0) {
    throw new StartupError(
      `The file ${path} of the setting AUDIT_KEY can be read by others than its owner.`,
    );
  }
  if (key.length !== AUDIT_KEY_BYTES) {
    throw new StartupError(
      `The file ${path} of the setting AUDIT_KEY does not hold 32 bytes as base64url.`,
    );
  }
  return key;
}

/** @throws StartupError naming the setting */
export function readText(path: string, setting: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    const reason =
      (cause as NodeJS.ErrnoException).code === "ENOENT" ? "does not exist" : "cannot be read";
    throw new StartupError(`The file ${path} of the setting ${setting} ${reason}.`, { cause });
  }
}

function listDirectory(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (cause) {
    throw new StartupError(
      `The directory ${directory} of the setting PERMIT_SECRETS cannot be read.`,
      { cause },
    );
  }
}
