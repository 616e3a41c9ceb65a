import { setTimeout as pause } from "node:timers/promises";
import { type Database, isUnavailable } from "@truc/service";
import type { Logger } from "pino";
import { append, type Appended, refuseSetBack } from "./append.ts";
import type { CheckpointSigner } from "./checkpoint-signer.ts";
import { type Checkpoint, Checkpoints } from "./checkpoints.ts";
import { Contexts } from "./contexts.ts";
import type { Entry, Unreadable } from "./entry.ts";
import type { Follower } from "./follower.ts";
import { LogReader } from "./log-reader.ts";
import { Looks } from "./looks.ts";
import { Onlookers } from "./onlookers.ts";
import { Troubles } from "./troubles.ts";
import { readHead } from "./tree/head.ts";
import { StoredTree } from "./tree/stored-tree.ts";
import { consistencyPath, inclusionPath, perfectSubtrees } from "./tree/subtrees.ts";

const POLL_MS = 1_000;
/** Between two checkpoints, and between two calls of followers for what only time brings about. */
const CHECKPOINT_MS = 1_000;
const THIN_MS = 10 * 60_000;

export interface AuditLogOptions {
  readonly db: Database;
  /** The log's name, the first line of every checkpoint. */
  readonly origin: string;
  readonly signer: CheckpointSigner;
  readonly followers: readonly Follower[];
  readonly log: Logger;
  /** How long it waits between two looks for what is new; 1,000, as checkpoints. */
  readonly pollMs?: number;
  readonly now?: () => Date;
}

/**
 * The log: the records of all routers in one order, their tree, its checkpoints. Positions count from 0. Several
 * processes may have it open on one database.
 */
export class AuditLog {
  readonly #db: Database;
  readonly #followers: readonly Follower[];
  readonly #log: Logger;
  readonly #pollMs: number;
  readonly #now: () => Date;
  readonly #contexts = new Contexts();
  readonly #tree: StoredTree;
  readonly #reader: LogReader;
  readonly #checkpoints: Checkpoints;
  readonly #looks: Looks;
  readonly #onlookers: Onlookers;
  readonly #signer: CheckpointSigner;
  readonly #troubles: Troubles;
  #committed: { size: number; root: Buffer };
  /** What is done one after the other. */
  #turn: Promise<unknown> = Promise.resolve();
  #running: Promise<void> | undefined;
  #stopping = new AbortController();

  private constructor(options: AuditLogOptions, committed: { size: number; root: Buffer }) {
    const { db, origin, signer, followers, log } = options;
    this.#db = db;
    this.#followers = followers;
    this.#log = log;
    this.#pollMs = options.pollMs ?? POLL_MS;
    this.#now = options.now ?? (() => new Date());
    this.#tree = new StoredTree(db.kysely);
    this.#troubles = new Troubles(db.kysely, log);
    this.#reader = new LogReader(db.kysely, this.#tree, this.#contexts, (unreadable) =>
      this.#troubles.unreadable(unreadable),
    );
    this.#checkpoints = new Checkpoints(db.kysely, origin, signer, this.#now);
    this.#looks = new Looks(db);
    this.#onlookers = new Onlookers(followers, (from, to) => this.#reader.stream(from, to));
    this.#committed = committed;
    this.#signer = signer;
  }

  /**
   * Opens the log of a migrated database, and shows its followers what they want to see.
   * @throws what the database says; an error when the log's head is damaged
   */
  static async open(options: AuditLogOptions): Promise<AuditLog> {
    const { size, root } = await readHead(options.db.kysely);
    const log = new AuditLog(options, { size, root });
    await log.#onlookers.begin();
    await log.#onlookers.show([], { size, now: log.#now() });
    await log.#troubles.refresh();
    return log;
  }

  /** Looks for what is new again and again, and issues a checkpoint about once a second while there is something. */
  start(): void {
    this.#stopping = new AbortController();
    this.#running ??= this.#run(this.#stopping.signal);
  }

  /** Ends the look under way, and issues the last checkpoint. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    this.#running = undefined;
    await this.#attempt("checkpoint", () => this.issueCheckpoint());
  }

  /** How many entries are in the log, as far as this process has seen. */
  get size(): number {
    return this.#committed.size;
  }

  /**
   * Orders what is new, and shows followers what is there.
   * @returns how many entries this process appended
   */
  async poll(): Promise<number> {
    for (let count = 0; ;) {
      const look = await this.#look();
      count += look.count;
      if (!look.more || this.#stopping.signal.aborted) return count;
    }
  }

  async #look(): Promise<{ count: number; more: boolean }> {
    return await this.#inTurn(async () => {
      const { appended, more } = await this.#looks.appendNew(this.#appendOptions());
      await this.#moveOn(appended);
      return { count: appended?.entries.length ?? 0, more };
    });
  }

  /** Calls followers without entries, for what only time brings about. */
  async followTime(): Promise<void> {
    if (this.#followers.length === 0) return;
    await this.#inTurn(async () => {
      await append(this.#db, [], [], this.#appendOptions());
    });
  }

  /** Issues a checkpoint of what is committed, unless there is one of that size or the log is empty. */
  async issueCheckpoint(): Promise<void> {
    await this.#checkpoints.issue();
  }

  /** Entries by position; positions beyond the log are left out. */
  async read(positions: readonly number[]): Promise<Map<number, Entry | Unreadable>> {
    return await this.#reader.read(positions, this.size);
  }

  /** The entries from `from` up to `to`, without `to` and not beyond the log, in order. */
  stream(from: number, to: number): AsyncIterable<Entry | Unreadable> {
    return this.#reader.stream(from, Math.min(to, this.size));
  }

  /** @returns undefined where the log has no such record */
  async positionOf(router: string, sequence: number): Promise<number | undefined> {
    return await this.#reader.positionOf(router, sequence);
  }

  /** The newest checkpoint's note; undefined while there is none. */
  async checkpoint(): Promise<string | undefined> {
    return (await this.newestCheckpoint())?.note;
  }

  async newestCheckpoint(): Promise<Checkpoint | undefined> {
    return await this.#checkpoints.newest();
  }

  /** What checkpoints are verified with (C2SP signed-note). */
  get verifierKey(): string {
    return this.#signer.verifierKey;
  }

  /** @returns undefined where none of that size is kept */
  async checkpointOf(size: number): Promise<Checkpoint | undefined> {
    return await this.#checkpoints.ofSize(size);
  }

  /** The checkpoints kept of sizes from `from` to `to`, both included, smallest first. */
  checkpoints(from: number, to: number): AsyncIterable<Checkpoint> {
    return this.#checkpoints.list(from, to);
  }

  /** The hash of an entry's leaf, as it is in the tree. @throws an error that names a tile which cannot be read */
  async leaf(position: number): Promise<Buffer> {
    return (await this.#tree.hashes([{ start: position, end: position + 1 }]))[0]!;
  }

  /**
   * The hashes that lead from a leaf to the root of the tree of a size (RFC 9162, section 2.1.3.1).
   * @throws RangeError; an error that names a tile which cannot be read
   */
  async inclusion(position: number, size: number): Promise<Buffer[]> {
    within(0, position, size - 1);
    within(1, size, this.size);
    return await this.#tree.hashes(inclusionPath(position, size));
  }

  /**
   * The hashes that show a tree to be the beginning of a larger one (RFC 9162, section 2.1.4.1).
   * @throws as above
   */
  async consistency(from: number, to: number): Promise<Buffer[]> {
    within(0, from, to);
    within(0, to, this.size);
    return await this.#tree.hashes(consistencyPath(from, to));
  }

  /** The hashes of the perfect subtrees that the tree of a size consists of, largest first. @throws as above */
  async compactRange(size: number): Promise<Buffer[]> {
    within(0, size, this.size);
    return await this.#tree.hashes(perfectSubtrees({ start: 0, end: size }));
  }

  /** What is wrong with the log, in sentences for health; empty when nothing is. */
  problems(): string[] {
    return [...this.#troubles.list(this.#looks.blocked), ...this.#looks.problems];
  }

  #appendOptions() {
    return {
      contexts: this.#contexts,
      followers: this.#followers,
      now: this.#now,
      committed: this.#committed,
    };
  }

  /**
   * Tells of what has been committed, by this process or another one.
   * @throws an error when the database was set back
   */
  async #moveOn(appended: Appended | undefined): Promise<void> {
    const { size, root } = appended ?? (await readHead(this.#db.kysely));
    refuseSetBack({ size, root }, this.#committed);
    this.#committed = { size, root };
    if (appended !== undefined) this.#troubles.add(appended.breaks);
    await this.#onlookers.show(appended?.entries ?? [], { size: this.size, now: this.#now() });
  }

  async #run(signal: AbortSignal): Promise<void> {
    let checkpointAt = -Infinity;
    let followedAt = -Infinity;
    let thinAt = performance.now();
    while (!signal.aborted) {
      let isBehind = false;
      await this.#attempt("look", async () => {
        const { count, more } = await this.#look();
        isBehind = more;
        if (count > 0) followedAt = performance.now();
        if (performance.now() - followedAt < CHECKPOINT_MS) return;
        followedAt = performance.now();
        await this.followTime();
      });
      if (performance.now() - checkpointAt >= CHECKPOINT_MS) {
        checkpointAt = performance.now();
        await this.#attempt("checkpoint", () => this.issueCheckpoint());
        await this.#attempt("marks", () => this.#troubles.refresh());
      }
      if (performance.now() - thinAt >= THIN_MS) {
        thinAt = performance.now();
        await this.#attempt("thinning", () => this.#checkpoints.thin());
      }
      if (isBehind) continue;
      // It is rejected when the log is to stop, and then there is nothing to wait for.
      await pause(this.#pollMs, undefined, { signal }).catch(() => {});
    }
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => {});
    return await result;
  }

  /** What fails is tried again; meanwhile health says so. */
  async #attempt(what: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
      this.#troubles.settle(what);
    } catch (error) {
      if (isLockTimeout(error)) return;
      if (!isUnavailable(error)) this.#log.error({ err: error }, `the audit log's ${what} failed`);
      this.#troubles.fail(what, error);
    }
  }
}

function within(least: number, value: number, most: number): void {
  if (!Number.isSafeInteger(value) || value < least || value > most)
    throw new RangeError(`${value} is not from ${least} to ${most}`);
}

/** Another process was at it for too long. */
function isLockTimeout(error: unknown): boolean {
  return error instanceof Error && (error as { code?: string }).code === "55P03";
}
