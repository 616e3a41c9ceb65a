import type { Transaction } from "kysely";
import type { Entry } from "./entry.ts";

/** The log right after entries were appended. */
export interface Moment {
  /** Its size, the new entries included. */
  readonly size: number;
  readonly now: Date;
}

/**
 * What is made of the log beside its tree: an index, sums. Everything a follower keeps can be made again from the log.
 */
export interface Follower {
  /**
   * Keeps what follows from new entries, in the very transaction that appends them, while the log's head is locked: once,
   * whichever process appends. Called also without entries, about once a second, for what only time brings about.
   */
  follow(db: Transaction<any>, entries: readonly Entry[], moment: Moment): Promise<void>;
  /**
   * From which position on it wants to see entries at a start, for what it holds in memory.
   */
  seenUpTo(): Promise<number>;
  /**
   * Told of every committed entry from there on, in order, whichever process appended it; also without entries, after
   * every look at the log. Nothing durable happens here.
   */
  see(entries: readonly Entry[], moment: Moment): Promise<void> | void;
}
