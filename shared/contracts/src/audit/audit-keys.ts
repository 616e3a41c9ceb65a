import * as z from "zod";
import { signHs256 } from "../hs256.ts";
import type { PermitSecrets } from "../permit.ts";
import { verifyHs256 } from "../verify-hs256.ts";

/** Where the audit process gives routers the keys of this month and the next, below its origin. GET. */
export const AUDIT_KEYS_PATH = "/private/month-keys";

const Key = z.string().regex(/^[A-Za-z0-9_-]{43}$/);

/** Its answer: keys of 32 bytes as base64url. A router asks again well before the last month begins. */
export const AuditKeys = z.object({
  months: z
    .array(z.object({ month: z.string().regex(/^\d{4}-\d{2}$/), pseudonyms: Key, digests: Key }))
    .min(1),
});
export type AuditKeys = z.infer<typeof AuditKeys>;

const TYPE = "audit+jwt";
const TOKEN_SECONDS = 60;

/**
 * What a router shows the audit process on its private addresses: HS256 under a secret the two share.
 * @param audience the audit process's origin, as the router knows it
 */
export function signAuditToken(audience: string, secrets: PermitSecrets): string {
  const iat = Math.floor(Date.now() / 1_000);
  return signHs256(TYPE, { aud: audience, iat, exp: iat + TOKEN_SECONDS }, secrets);
}

/** @throws Error that says what is wrong; the audit process answers 401 and logs the reason */
export function verifyAuditToken(token: string, audience: string, secrets: PermitSecrets): void {
  verifyHs256(token, { type: TYPE, audience, maxAgeSeconds: TOKEN_SECONDS }, secrets);
}
