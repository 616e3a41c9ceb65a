import * as z from "zod";

/** HMACs and salts of records are cut to so many bytes; as base64url 22 characters. */
export const PSEUDONYM_BYTES = 16;

const SHORT = /^[A-Za-z0-9_-]{22}$/;
const Short = z.string().regex(SHORT);
/** Up to a thousand in each record of a log: checked one by one, but not by a schema each. */
const Shorts = z.custom<string[]>(
  (value) =>
    Array.isArray(value) && value.every((each) => typeof each === "string" && SHORT.test(each)),
);
const Digest = z.string().regex(/^[A-Za-z0-9_-]{43}$/);

/** How many data subjects one record names at most; a request with more is on record in parts. */
export const MAX_SUBJECTS = 1_000;

/**
 * What is kept of one request, answered or refused: one line of JSON without line feeds, names in this order, absent
 * ones left out. No personal value is ever part of it: variables appear as a digest, people as pseudonyms, and a field
 * by its coordinate, in the context, never by its content. The line's very bytes are what the log's tree is made of.
 */
export const AuditRecord = z.strictObject({
  /** The request's id (UUID), also sent to every subgraph. */
  id: z.string().min(1),
  /** Which part of how many, where the subjects of one request take several records; both from 1. */
  part: z.tuple([z.int().min(1), z.int().min(2)]).optional(),
  /** When the request arrived: milliseconds since the epoch. Its month (UTC) says under which keys pseudonyms and digests are. */
  time: z.int().min(0),
  /** From arrival to the record, milliseconds. */
  ms: z.int().min(0),
  /** Set where the router's clock has gone back since its last record: order is by sequence, not by time. */
  clockBack: z.literal(true).optional(),
  /** SHA-256 (base64url) of the text of the {@link AuditContext}: who asked for which fields, and why. */
  context: Digest,
  /** The signed-in person, opaque and pairwise; `digest:` and a keyed digest where the token's name may not stand in clear. */
  person: z.string().optional(),
  /** The officer acting, as the actor token names her. */
  actor: z.string().optional(),
  /** The case the officer works on. */
  case: z.string().optional(),
  /** Keyed digest of the operation's text, as sent to subgraphs. */
  operation: Short.optional(),
  /** Keyed digest of the variables as JSON with sorted names. */
  variables: Short.optional(),
  outcome: z.enum(["answered", "partial", "refused", "failed"]),
  /** The code of the refusal or of the first error. */
  code: z.string().optional(),
  /** Fetches by subgraph: how many were sent. */
  asked: z.record(z.string(), z.int().min(1)).optional(),
  /** How many of them gave no answer: the subgraph may or may not have carried them out. */
  failed: z.record(z.string(), z.int().min(1)).optional(),
  /** Length of the answer's body in bytes. */
  bytes: z.int().min(0),
  /** Objects that belong to a data subject, in what was fetched; each time one stands there. */
  objects: z.int().min(1).optional(),
  /** Whose data was read: entity type → pseudonyms, each once. */
  subjects: z.record(z.string(), Shorts).optional(),
  /** Of a request with a receipt: what opens to its digests, see receipt.ts. */
  receipt: Short.optional(),
  /** Random, so that nothing can be guessed from the leaf's hash. */
  salt: Short,
});
export type AuditRecord = z.infer<typeof AuditRecord>;
