import type { Database } from "@truc/service";
import type { Logger } from "pino";
import type { CheckpointSigner } from "./checkpoint-signer.ts";
import type { Entry, Unreadable } from "./entry.ts";
import type { Follower } from "./follower.ts";

export interface AuditLogOptions {
  readonly db: Database;
  /** The log's name, the first line of every checkpoint. */
  readonly origin: string;
  readonly signer: CheckpointSigner;
  readonly followers: readonly Follower[];
  readonly log: Logger;
  /** How long it waits between two looks for what is new; 200. */
  readonly pollMs?: number;
  readonly now?: () => Date;
}

/**
 * The log: the records of all routers in one order, their tree, its checkpoints. Positions count from 0.
 */
export declare class AuditLog {
  static open(options: AuditLogOptions): Promise<AuditLog>;
  /** Looks for what is new again and again, and issues a checkpoint about once a second while there is something. */
  start(): void;
  /** Ends the look under way, and issues the last checkpoint. */
  stop(): Promise<void>;
  /** How many entries are in the log, as far as this process has seen. */
  get size(): number;
  /** Orders what is new; one look. @returns how many entries this process appended */
  poll(): Promise<number>;
  /** Issues a checkpoint of what is committed, unless there is one of that size. */
  issueCheckpoint(): Promise<void>;
  /** Entries by position; positions beyond the log are left out. */
  read(positions: readonly number[]): Promise<Map<number, Entry | Unreadable>>;
  /** The entries from `from` up to `to`, without `to`, in order. */
  stream(from: number, to: number): AsyncIterable<Entry | Unreadable>;
  positionOf(router: string, sequence: number): Promise<number | undefined>;
  /** The newest checkpoint's note; undefined while the log is empty. */
  checkpoint(): Promise<string | undefined>;
  /** The checkpoints kept of sizes from `from` to `to`, both included, smallest first. */
  checkpoints(from: number, to: number): AsyncIterable<{ size: number; note: string }>;
  /** RFC 9162, section 2.1.3.1: the hashes that lead from a leaf to the root of the tree of a size. */
  inclusion(position: number, size: number): Promise<Buffer[]>;
  /** RFC 9162, section 2.1.4.1: the hashes that show a tree to be the beginning of a larger one. */
  consistency(from: number, to: number): Promise<Buffer[]>;
  /** The hashes of the perfect subtrees that the tree of a size consists of, largest first. */
  compactRange(size: number): Promise<Buffer[]>;
  /** What is wrong with the log, in words for health; empty when nothing is. */
  problems(): string[];
}
