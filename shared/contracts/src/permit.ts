import { randomUUID } from "node:crypto";
import * as z from "zod";
import { signHs256 } from "./hs256.ts";
import { verifyHs256 } from "./verify-hs256.ts";

/** How far a grant reaches, applied by each register to its own rows. */
export const Limits = z.strictObject({
  /** Current two-digit province codes; absent: the whole country. */
  provinces: z.array(z.string().regex(/^\d{2}$/)).optional(),
  /** Whose records: anybody's, the caller's own, or the caller's household's. */
  subjects: z.enum(["any", "self", "household"]),
  /** Whether searches are allowed, or only look-ups by identifier. */
  search: z.boolean(),
  /** How many relations away from a covered row the caller may follow. */
  linked: z.int().min(0).max(3),
});
export type Limits = z.infer<typeof Limits>;

/** The limits of a caller who has none. */
export const UNLIMITED: Limits = Object.freeze({ subjects: "any", search: true, linked: 3 });

/**
 * Rights made out to one subgraph at one distance: what the router lets the bearer of one request do there.
 * On the wire a JWT (RFC 7519), HS256 under a secret that only the router and that subgraph share, at most 60 s long.
 */
export const Permit = z.object({
  /** The subgraph it is made out to. */
  aud: z.string().min(1),
  /** Seconds since the epoch. */
  iat: z.int(),
  exp: z.int(),
  scopes: z.array(z.string()),
  limits: Limits,
  /** The PINs covered where `limits.subjects` is not `any`. */
  pins: z.array(z.string()).optional(),
  /** Which of `pins` is the caller's own. */
  self: z.string().optional(),
  /** How many relations the fetch lies away from the caller's own look-up. */
  distance: z.int().min(0),
  system: z.string(),
  agency: z.string().optional(),
  /** The signed-in person, opaque. */
  person: z.string().optional(),
  purpose: z.string().optional(),
});
export type Permit = z.infer<typeof Permit>;

export const PERMIT_MAX_SECONDS = 60;
const TYPE = "permit+jwt";

/** One of the (at most two, while rotating) secrets a router and a subgraph share; at least 32 bytes, base64url. */
export const PermitSecrets = z.strictObject({
  keys: z
    .array(
      z.strictObject({ kid: z.string().min(1), secret: z.string().regex(/^[A-Za-z0-9_-]{43,}$/) }),
    )
    .min(1)
    .max(2),
});
export type PermitSecrets = z.infer<typeof PermitSecrets>;

/** Signs with the first of the secrets. No two permits are the same text, whatever the clock was set to. */
export function signPermit(permit: Permit, secrets: PermitSecrets): string {
  return signHs256(TYPE, { ...permit, jti: randomUUID() }, secrets);
}

/**
 * Checks signature, audience, type and lifetime of a permit made out to `subgraph`.
 * @throws Error that says what is wrong, or zod's; the caller answers PERMIT_INVALID and logs the reason
 */
export function verifyPermit(token: string, subgraph: string, secrets: PermitSecrets): Permit {
  const is = { type: TYPE, audience: subgraph, maxAgeSeconds: PERMIT_MAX_SECONDS };
  const permit = Permit.parse(verifyHs256(token, is, secrets));
  if (permit.exp - permit.iat > PERMIT_MAX_SECONDS)
    throw new Error(`the permit is made out for more than ${PERMIT_MAX_SECONDS} seconds`);
  return permit;
}
