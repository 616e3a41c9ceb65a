import type { AuditContext, AuditRecord } from "@truc/contracts";

/** One record at its place in the log. */
export interface Entry {
  /** Index of its leaf in the tree, from 0. */
  readonly position: number;
  /** The router process that wrote it, and which of its records it is, from 1. */
  readonly router: string;
  readonly sequence: number;
  /** When the router wrote its batch, by the router's clock. */
  readonly written: Date;
  /** The line's very bytes, without the line feed: what the leaf is made of. */
  readonly line: Buffer;
  /** RFC 9162 leaf hash, 32 bytes. */
  readonly leaf: Buffer;
  /** The line read; undefined where it is no record. It is in the log all the same. */
  readonly record: AuditRecord | undefined;
  /** Undefined where the record points to none that is known. */
  readonly context: AuditContext | undefined;
}

/** A stretch of the log that cannot be read, and why, for people; both positions included. */
export interface Unreadable {
  readonly from: number;
  readonly to: number;
  readonly reason: string;
}
