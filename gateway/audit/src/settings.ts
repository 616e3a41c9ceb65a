import { settings } from "@truc/service";
import * as z from "zod";

/** The origin of checkpoints is the key's name in signed notes too (C2SP signed-note): without spaces and plus signs. */
const ORIGIN_NAME = /^[^\s+\p{C}]{1,200}$/u;
/** A name that needs no quoting in SQL. */
const ROLE_NAME = /^[a-z_][a-z0-9_]{0,62}$/;

/** The audit process's settings, as environment variables. */
export const AuditSettings = z.object({
  PORT: settings.port.default(4002),
  HOST: settings.host,
  DATABASE_URL: z
    .string("must be set to the database's URL")
    .refine(
      (url) => /^postgres(ql)?:\/\//.test(url) && URL.canParse(url),
      "must be a URL that begins with postgresql://",
    )
    .describe("The audit database, `postgresql://…`, as the role that owns its tables."),
  WRITER_ROLE: z
    .string()
    .regex(ROLE_NAME, "must be the plain name of a role: small letters, digits and _")
    .default("truc_audit_writer")
    .describe(
      "The role under which routers write, and which may do nothing else: it is given that right at each start, where it exists.",
    ),
  AUDIT_KEY: settings.filePath.describe(
    "The file of the root key under which people stand as pseudonyms in the log: 32 bytes as base64url, readable by its owner only.",
  ),
  CHECKPOINT_KEY: settings.filePath.describe(
    "The file of the private key that signs checkpoints (a JWK, Ed25519), readable by its owner only.",
  ),
  ORIGIN: z
    .string()
    .regex(ORIGIN_NAME, "must be a name without spaces and plus signs")
    .describe(
      "The log's name in its checkpoints, unique in the world and never changed: a name like `truc.example/audit`.",
    ),
  AUDIT_ORIGIN: settings.url
    .transform((url) => url.replace(/\/+$/, ""))
    .optional()
    .describe(
      "The address under which routers know this process, which their tokens for its private addresses name; http://HOST:PORT unless it is set.",
    ),
  AUDIT_SECRETS: settings.filePath.describe(
    "JSON file of the secrets shared with routers for the private addresses, in the form of a subgraph's, at most two.",
  ),
  PERMIT_SECRETS: settings.filePath.describe(
    'JSON file of the secrets the audit log, as a subgraph, shares with the router: `{"keys": [{"kid": …, "secret": …}]}`, at most two.',
  ),
  JOURNAL: settings.directory.describe("The directory of its journal: operations at the subgraph."),
  AUTHORITY_FEED: settings.url.describe(
    "The authority's address for the registry's feed: what grants are about, and who has which role.",
  ),
  TOKEN_ISSUER: z
    .string()
    .min(1, "must be the issuer that the authority is known as")
    .optional()
    .describe(
      "`iss` of the authority's tokens, where it is not its address: whom questions to it are made out to.",
    ),
  FEED_SECRETS: settings.filePath.describe(
    "The file of the secrets shared with the authority, in the form of a subgraph's.",
  ),
  SUPERGRAPH: settings.filePath.describe(
    "The composed supergraph, whose descriptions' first clauses are the plain words for what was read.",
  ),
  RETENTION_MONTHS: settings
    .integer(1, 1_200)
    .default(24)
    .describe("For how many months citizens see who looked; older records can be sealed away."),
  LOG_LEVEL: settings.logLevel,
});
export type AuditSettings = z.infer<typeof AuditSettings>;
