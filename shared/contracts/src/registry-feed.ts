import type { JWK } from "jose";
import * as z from "zod";
import { signHs256 } from "./hs256.ts";
import { Limits, type PermitSecrets } from "./permit.ts";
import { verifyHs256 } from "./verify-hs256.ts";

/** What a grant may use: checked before anything is fetched, shared by all routers. */
export const GrantBudget = z.strictObject({
  requestsPerSecond: z.int().min(1).max(100_000),
  /** By the static cost model of Federation 2.9 (`@cost`, `@listSize`). */
  costPerMinute: z.int().min(1).max(1_000_000_000),
});
export type GrantBudget = z.infer<typeof GrantBudget>;

const Status = z.enum(["active", "suspended"]);

/** A system as routers know it: which of its keys are good, and whether its tokens must be bound to a key (DPoP). */
export const FeedSystem = z.object({
  id: z.string(),
  agency: z.string(),
  /** What people call it. */
  name: z.string().optional(),
  /** Active only while its agency is. */
  status: Status,
  dpop: z.boolean(),
  /** Its active keys only; `thumbprint` is RFC 7638's, base64url. */
  keys: z.array(z.object({ thumbprint: z.string(), kid: z.string(), jwk: z.custom<JWK>() })),
});
export type FeedSystem = z.infer<typeof FeedSystem>;

/** A live grant: what was approved of it, within its purpose's ceiling of today. */
export const FeedGrant = z.object({
  id: z.string(),
  system: z.string(),
  purpose: z.string(),
  status: Status,
  scopes: z.array(z.string()),
  limits: Limits,
  budget: GrantBudget,
  /** `registered`: only operations out of `registered`, SHA-256 of their text in lower-case hexadecimal. */
  operations: z.enum(["any", "registered"]),
  registered: z.array(z.string()),
  demandsActor: z.boolean(),
  demandsCase: z.boolean(),
  /** Every answer under it carries a receipt. */
  demandsReceipt: z.boolean().default(false),
  /** First and last day in Viet Nam, YYYY-MM-DD. */
  validFrom: z.string(),
  validUntil: z.string(),
});
export type FeedGrant = z.infer<typeof FeedGrant>;

/** All of the registry that routers decide by, at one revision. */
export const RegistrySnapshot = z.object({
  revision: z.int(),
  /** What people call agencies: nothing is decided by it, nor by the name of a system or the text of a purpose. */
  agencies: z.array(z.object({ id: z.string(), name: z.string() })).optional(),
  scopes: z.array(z.object({ name: z.string(), owner: z.string() })),
  purposes: z.array(
    z.object({
      code: z.string(),
      /** What it is, in a sentence. */
      text: z.string().optional(),
      legalBasis: z.string(),
      ceiling: z.array(z.string()),
      /** For how many days data subjects are not shown what is read for it. */
      disclosureDelayDays: z.int().min(0).default(0),
    }),
  ),
  systems: z.array(FeedSystem),
  grants: z.array(FeedGrant),
  /** Registered operations that some live grant allows, by the SHA-256 of their text (lower-case hexadecimal). */
  operations: z.array(z.object({ hash: z.string(), name: z.string(), text: z.string() })),
  /** Subjects, as they stand in tokens, of people who are suspended. */
  suspendedSubjects: z.array(z.string()),
});
export type RegistrySnapshot = z.infer<typeof RegistrySnapshot>;

/**
 * One line of the feed (newline-delimited JSON): the whole registry at the beginning and after every change, and a sign
 * of life every second.
 */
export const FeedLine = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("snapshot"), snapshot: RegistrySnapshot }),
  z.object({ kind: z.literal("alive"), revision: z.int() }),
]);
export type FeedLine = z.infer<typeof FeedLine>;

/** Where the authority serves the feed, and where it resolves a subject, below its origin. */
export const FEED_PATH = "/private/feed";
export const SUBJECT_PATH = "/private/subject";

/** `POST` to {@link SUBJECT_PATH}: whom a token's `sub` means. */
export const SubjectQuestion = z.object({ subject: z.string().min(1).max(255) });
/**
 * Its answer; 404 for a subject nobody has. `pin` is null for people who are no citizens here (staff); `roles` are those
 * that count today, with the agency they are held at.
 */
export const SubjectAnswer = z.object({
  pin: z.string().nullable(),
  status: Status,
  roles: z.array(z.object({ role: z.string(), agency: z.string().nullable() })).default([]),
});
export type SubjectAnswer = z.input<typeof SubjectAnswer>;

/** A router without word from the authority for longer refuses, milliseconds. */
export const FEED_SILENCE_MAX_MS = 60_000;

const TYPE = "feed+jwt";
const FEED_TOKEN_SECONDS = 60;

/**
 * What a router shows the authority on the private addresses: HS256 under a secret the two share, so that nobody else
 * reads the registry. The file of secrets has the form of a subgraph's.
 */
export function signFeedToken(issuer: string, secrets: PermitSecrets): string {
  const iat = Math.floor(Date.now() / 1_000);
  return signHs256(TYPE, { aud: issuer, iat, exp: iat + FEED_TOKEN_SECONDS }, secrets);
}

/** @throws Error that says what is wrong; the authority answers 401 and logs the reason */
export function verifyFeedToken(token: string, issuer: string, secrets: PermitSecrets): void {
  const is = { type: TYPE, audience: issuer, maxAgeSeconds: FEED_TOKEN_SECONDS };
  verifyHs256(token, is, secrets);
}
