import { monthOf } from "@truc/contracts";
import type { Database } from "@truc/service";
import type { Transaction } from "kysely";
import type { Logger } from "pino";
import type { Entry } from "../log/entry.ts";
import type { Follower, Moment } from "../log/follower.ts";
import { flush } from "./flush.ts";
import { FreeRoom } from "./free-room.ts";
import { type PostingsHead, readHead } from "./head.ts";
import { disclose, holdBack } from "./held.ts";
import { mergeRuns } from "./merge-runs.ts";
import { countKeys, type EntryKeys, keysOf } from "./posting-keys.ts";
import { PostingsView } from "./postings-view.ts";
import { Tail } from "./tail.ts";

export interface PostingsOptions {
  readonly db: Database;
  readonly log?: Pick<Logger, "warn">;
  /** For tests: how many records, and postings, are held in memory before they become a run; 8,192 and 65,536. */
  readonly maxRecords?: number;
  readonly maxPostings?: number;
  /** For tests: how many pages one step of merging reads while nothing else is to be done; 256. */
  readonly mergePages?: number;
  /** For tests: how long a page of a run may be. */
  readonly pageBytes?: number;
}

const MAX_RECORDS = 8_192;
const MAX_POSTINGS = 65_536;
const MAX_WAITING = 1_000;
const MERGE_PAGES = 256;
/** Pages that are merged for each new posting: a posting of 22 bytes is merged about four times, and some more is left. */
const MERGED_PER_POSTING = 0.08;
/** Of a month, records may still come for so long after its end. */
const LATE_MS = 2 * 24 * 3_600_000;
const DAY_MS = 24 * 3_600_000;
/** How long a reader is waited for that is behind another process, milliseconds. */
const BEHIND_MS = 5_000;

/**
 * The index of the log: who is on record where, newest first. The newest records are held in memory, in every process
 * alike; whichever process appends writes them into the database some thousands at a time.
 */
export class Postings implements Follower {
  readonly #options: Required<Omit<PostingsOptions, "pageBytes" | "log">> &
    Pick<PostingsOptions, "pageBytes">;
  readonly #tail = new Tail();
  readonly #room: FreeRoom;
  /** Whose keys were made last. */
  #last: { readonly entries: readonly Entry[]; readonly keys: readonly EntryKeys[] } | undefined;

  constructor(options: PostingsOptions) {
    this.#options = {
      maxRecords: MAX_RECORDS,
      maxPostings: MAX_POSTINGS,
      mergePages: MERGE_PAGES,
      ...options,
    };
    this.#room = new FreeRoom(options.db, options.log);
  }

  async follow(db: Transaction<any>, entries: readonly Entry[], moment: Moment): Promise<void> {
    const { maxRecords, maxPostings, mergePages, pageBytes } = this.#options;
    const keys = this.#keysOf(entries, moment.now);
    await holdBack(db, keys);
    const head = await readHead(db, moment.now);
    if (head.due) await disclose(db, moment.size, moment.now);
    const { known, upTo } = this.#unwritten(head, entries, keys);
    const isFull = upTo - head.indexed >= maxRecords || countPostings(known) >= maxPostings;
    if (isFull || head.waiting >= MAX_WAITING) await flush(db, head, known, upTo, pageBytes);
    const merged = await mergeRuns(db, {
      open: monthOf(moment.now.getTime() - LATE_MS),
      pages: mergePages + Math.ceil(countPostings(keys) * MERGED_PER_POSTING),
      pageBytes,
    });
    this.#room.add(merged);
  }

  /**
   * What no run holds yet, as far as this process knows of it without a gap. Where another process has appended since it
   * looked last, that ends before the new entries, and they become part of a later run.
   */
  #unwritten(
    { indexed }: PostingsHead,
    entries: readonly Entry[],
    keys: readonly EntryKeys[],
  ): { known: EntryKeys[]; upTo: number } {
    const known = this.#tail.from(indexed);
    const { seen } = this.#tail;
    const [first] = entries;
    if (first === undefined || first.position > seen)
      return { known, upTo: Math.max(seen, indexed) };
    const added = keys.filter(({ position }) => position >= Math.max(seen, indexed));
    return { known: [...known, ...added], upTo: entries.at(-1)!.position + 1 };
  }

  /** Entries are seen soon after they were followed, and mostly by the same process. */
  #keysOf(entries: readonly Entry[], now: Date): readonly EntryKeys[] {
    if (this.#last?.entries !== entries)
      this.#last = { entries, keys: entries.flatMap((entry) => keysOf(entry, now) ?? []) };
    return this.#last.keys;
  }

  async seenUpTo(): Promise<number> {
    const { indexed } = await readHead(this.#options.db.kysely, new Date());
    this.#tail.start(indexed);
    return indexed;
  }

  /** Entries that cannot be read are not among those it is shown, so what it knows of may have gaps. */
  async see(entries: readonly Entry[], { size, now }: Moment): Promise<void> {
    const { seen } = this.#tail;
    const last = entries.at(-1);
    const upTo = last === undefined ? size : last.position + 1;
    this.#tail.add(
      this.#keysOf(entries, now).filter(({ position }) => position >= seen),
      Math.max(seen, upTo),
    );
    this.#last = undefined;
    this.#room.freeSoon();
    // What runs hold by now can go.
    const { maxRecords, maxPostings } = this.#options;
    if (this.#tail.records >= maxRecords || this.#tail.postings >= maxPostings) {
      const { indexed } = await readHead(this.#options.db.kysely, new Date());
      this.#tail.drop(indexed);
    }
  }

  /**
   * Looks into the index as it is at one moment.
   * @param after a place that an earlier look found, of which this process may not know yet
   * @throws Error when it does not learn of it
   */
  async look<T>(
    work: (view: PostingsView) => Promise<T>,
    after?: { readonly at: number } | null,
  ): Promise<T> {
    if (after != null && !(await this.#tail.reaches(after.at, BEHIND_MS)))
      throw new Error(`this process does not know of the log up to ${after.at} yet`);
    // The tail first: what it has given up is in runs, and what comes to it later is not looked at.
    const tail = this.#tail.view();
    return await this.#options.db.kysely
      .transaction()
      .setIsolationLevel("repeatable read")
      .setAccessMode("read only")
      .execute(async (db) => work(await PostingsView.open(db, tail)));
  }
}

function countPostings(entries: readonly EntryKeys[]): number {
  return entries.reduce((sum, { keys }) => sum + countKeys(keys), 0);
}

/** The month of the oldest records that anybody is shown. */
export function firstMonthKept(now: Date, retentionMonths: number, delayDays: number): string {
  const earliest = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - retentionMonths, 1);
  return monthOf(Math.max(0, earliest - delayDays * DAY_MS));
}
