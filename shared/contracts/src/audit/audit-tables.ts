/**
 * The tables of the audit database (PostgreSQL) that routers write, under a role that may only INSERT. The audit process
 * makes them (gateway/audit/migrations) and everything else there.
 *
 * One batch is one row: the records a router wrote at one time, in its order. The role has no SELECT, so whoever
 * writes again what may have been written already learns of it by unique_violation (23505).
 */
export interface AuditBatchRow {
  /** The router process (UUID). */
  router: string;
  /** Sequence of its first record; a process's records count from 1 without a gap. */
  first: number;
  /** How many records, at least 1. */
  count: number;
  /** First day of the month (UTC) in which it was first tried to write: which partition holds it. */
  month: string;
  /** When it was written by the router's clock. */
  written: Date;
  /** The router's chain after the last of its records (chain.ts), 32 bytes. */
  chain: Buffer;
  /** The records' lines, each closed by a line feed, UTF-8. */
  lines: Buffer;
}

/** One per router process, written with its first batch. */
export interface AuditRouterRow {
  router: string;
  started: Date;
}

/** A context, written in the transaction of the first batch that points to it, if it is not there yet. */
export interface AuditContextRow {
  /** SHA-256 of its text, 32 bytes. */
  digest: Buffer;
  text: string;
}

/**
 * Anonymous, malformed and over-budget requests, counted instead of recorded; several rows may be for the same source,
 * minute and code.
 */
export interface AuditRefusalsRow {
  router: string;
  minute: Date;
  /** `system:ID` where a token was good; `address:PSEUDONYM` of the sender's IPv4 address or IPv6 network (/64) otherwise; `others` beyond what is told apart. */
  source: string;
  code: string;
  count: number;
}

/** Their names. */
export const AUDIT_TABLES = {
  batch: "audit_batch",
  router: "audit_router",
  context: "audit_context",
  refusals: "audit_refusals",
} as const;
