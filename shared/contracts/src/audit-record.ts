import * as z from "zod";
import { DATA_CLASSES } from "./directives.ts";

/**
 * What is kept of one request, answered or refused. No personal value is ever part of it: variables appear as a
 * digest, people as pseudonyms, and a field by its coordinate, never by its content.
 */
export const AuditRecord = z.strictObject({
  /** The request's id (UUID), also sent to every subgraph. */
  id: z.string().min(1),
  /** The router process that wrote it, and its place in that router's sequence, from 1. */
  router: z.string().min(1),
  sequence: z.int().min(1),
  /** SHA-256 (base64url) of the previous record's text of the same router; empty for the first. */
  previous: z.string(),
  /** When the request arrived, ISO 8601 in UTC with milliseconds. */
  time: z.iso.datetime({ precision: 3 }),
  durationMs: z.number().min(0),
  system: z.string().nullable(),
  agency: z.string().nullable(),
  person: z.string().nullable(),
  actor: z.string().nullable(),
  caseReference: z.string().nullable(),
  purpose: z.string().nullable(),
  legalBasis: z.string().nullable(),
  operation: z.strictObject({
    /** Keyed digest (HMAC-SHA-256, base64url) of the operation's text: it may hold values. */
    digest: z.string().nullable(),
    /** Of a registered operation; a name chosen by a caller is free text and not kept. */
    name: z.string().nullable(),
    /** Keyed digest of the variables as JSON with sorted names. */
    variablesDigest: z.string().nullable(),
  }),
  /** Coordinates read, by data class. */
  fields: z.strictObject({
    PUBLIC: z.array(z.string()),
    BASIC: z.array(z.string()),
    SENSITIVE: z.array(z.string()),
  } satisfies Record<(typeof DATA_CLASSES)[number], z.ZodArray<z.ZodString>>),
  /** Whose data was returned, as pseudonyms by entity type. */
  subjects: z.array(z.strictObject({ type: z.string(), pseudonym: z.string() })),
  decision: z.enum(["allowed", "filtered", "refused"]),
  /** Response paths (or coordinates) that were refused. */
  refused: z.array(z.string()),
  outcome: z.enum(["answered", "partial", "refused", "failed"]),
  /** The code of the refusal or of the first error. */
  code: z.string().nullable(),
  /** Subgraphs that were asked. */
  subgraphs: z.array(z.string()),
});
export type AuditRecord = z.infer<typeof AuditRecord>;
