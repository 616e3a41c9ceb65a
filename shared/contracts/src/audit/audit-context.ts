import { createHash } from "node:crypto";
import * as z from "zod";
import { DATA_CLASSES } from "../directives.ts";

/**
 * What many records have in common: who asked for which fields, and why. It is kept once, by the digest of its text, to
 * which the records point; so it is covered by the log's tree like them.
 */
export const AuditContext = z.strictObject({
  /** This and the next two as the token has them; `digest:` and a keyed digest (22) where that may not stand in clear. */
  system: z.string().nullable(),
  agency: z.string().nullable(),
  purpose: z.string().nullable(),
  legalBasis: z.string().nullable(),
  /** Id of the grant; null where a token's scopes are the grant, and where there is none. */
  grant: z.string().nullable(),
  /** For how many days data subjects are not shown the access. */
  disclosureDelayDays: z.int().min(0),
  /** Of a registered operation; a name chosen by a caller is free text and not kept. */
  operationName: z.string().nullable(),
  /** Coordinates read (`Type.field`), sorted, by data class. */
  fields: z.strictObject({
    PUBLIC: z.array(z.string()),
    BASIC: z.array(z.string()),
    SENSITIVE: z.array(z.string()),
  } satisfies Record<(typeof DATA_CLASSES)[number], z.ZodArray<z.ZodString>>),
  /** Coordinates that were refused, sorted, each once; never the caller's aliases, which are free text. */
  refused: z.array(z.string()),
  decision: z.enum(["allowed", "filtered", "refused"]),
});
export type AuditContext = z.infer<typeof AuditContext>;

/** The purpose under which the router itself asks whose records belong to a person; its system is `router`. */
export const SUBJECT_SETS_PURPOSE = "SUBJECT_SETS";

/** A context's text: JSON, names in the schema's order. */
export function contextText(context: AuditContext): string {
  const { system, agency, purpose, legalBasis, grant, disclosureDelayDays } = context;
  const { operationName, refused, decision } = context;
  const { PUBLIC, BASIC, SENSITIVE } = context.fields;
  const fields = { PUBLIC, BASIC, SENSITIVE };
  return JSON.stringify({
    system,
    agency,
    purpose,
    legalBasis,
    grant,
    disclosureDelayDays,
    operationName,
    fields,
    refused,
    decision,
  });
}

/** SHA-256 of a context's text, base64url. */
export function contextDigest(text: string): string {
  return createHash("sha256").update(text).digest("base64url");
}
