import { chainStart, leafOf, linkLines, monthOf, type LinkedLines } from "@truc/contracts";
import type { Logger } from "pino";
import type { ContextText } from "./contexts.ts";
import { Gathering } from "./gathering.ts";
import type { Lines } from "./record-lines.ts";
import { NeverKept, type RecordBatch, type RecordStore } from "./record-store.ts";

/** A request's record before it has its place: its lines, and the context they all point to. */
export interface Draft extends Lines {
  readonly context: ContextText;
  /** Whether anything was asked for it already: then it is kept even where nobody waits for it any more. */
  readonly executed: boolean;
}

/** Where a record is kept: which of its router's records it is, and its hash as a leaf of the log's tree. */
export interface KeptRecord {
  readonly router: string;
  readonly sequence: number;
  readonly leaf: Buffer;
}

/** A record is not known to be kept: its answer may not leave. */
export class NotOnRecord extends Error {
  override readonly name = "NotOnRecord";
  /** Whether the record is kept all the same as soon as that is possible. */
  readonly isKeptLater: boolean;
  constructor(reason: string, options: { isKeptLater: boolean }) {
    super(reason);
    this.isKeptLater = options.isKeptLater;
  }
}

/** One who waits for all parts of a record. */
interface Waiter {
  readonly since: number;
  readonly resolve: (kept: KeptRecord) => void;
  readonly reject: (error: NotOnRecord) => void;
  partsLeft: number;
  /** Of the first part. */
  kept: KeptRecord | undefined;
}

interface Entry {
  readonly line: string;
  /** With its line feed. */
  readonly bytes: number;
  readonly context: ContextText;
  readonly made: number;
  readonly clockBack: boolean;
  readonly waiter: Waiter;
}

/** What reads one record reads its batch. */
const MAX_BATCH_BYTES = 64 * 1024;
const MAX_BATCH_RECORDS = 200;
/** Everything that can stand in a record is bounded; whatever is larger all the same keeps out. */
const MAX_LINE_BYTES = 60 * 1024;
/** As the database takes it. */
const MAX_CONTEXT_BYTES = 64 * 1024;
/** How long a request waits for its record. */
const PATIENCE_MS = 2_000;
const LOOK_EVERY_MS = 200;
/** Records that wait at most. */
const MAX_WAITING = 10_000;
const RETRY_MS = [50, 100, 200, 400, 800, 1_000] as const;
/** How long a stopping router tries to keep what is left. */
const LAST_TRIES_MS = 5_000;

/**
 * Numbers and chains the records of this router process, and writes them batch by batch: what arrives while one batch is
 * written shares the next, so that nothing waits when there is little, and writes are few when there is much (see
 * gathering.ts). A batch that could not be written is tried again, unchanged, until it is kept, before anything else is written: number and
 * chain have neither gap nor fork, whatever became of a write whose outcome nobody knows. Only what the store will never
 * take is given up: its records are written one by one, and the one that is refused by itself is left out; no number was
 * kept for it.
 */
export class RecordBook {
  readonly router: string;
  readonly #store: RecordStore;
  readonly #log: Logger;
  readonly #gathering: Gathering;
  readonly #started = new Date();
  #sequence = 0;
  #chain: Buffer;
  /** When the last batch was written, milliseconds since the epoch. */
  #written = 0;
  #queue: Entry[] = [];
  /** How many of the queue's first are written one by one: together they were refused for good. */
  #apart = 0;
  #writing: Promise<void> | undefined;
  /** What is being written, and since when (performance.now). */
  #current: { readonly entries: readonly Entry[]; readonly since: number } | undefined;
  #closing: number | undefined;
  #wake: (() => void) | undefined;
  /** Ends the wait for more records. */
  #gathered: (() => void) | undefined;
  readonly #looking: NodeJS.Timeout;

  /**
   * @param router the process's id, a UUID
   * @param underWay how many other requests are being answered, whose records are still to come
   */
  constructor(store: RecordStore, router: string, log: Logger, underWay: () => number = () => 0) {
    this.#store = store;
    this.router = router;
    this.#log = log;
    this.#gathering = new Gathering(underWay);
    this.#chain = chainStart(router);
    this.#looking = setInterval(() => this.#giveUp(), LOOK_EVERY_MS).unref();
  }

  /** Whether a batch has been tried for longer than anybody waits: nothing is answered until it is kept. */
  get isStalled(): boolean {
    return this.#isStalledAt(performance.now());
  }

  #isStalledAt(now: number): boolean {
    return this.#current !== undefined && now - this.#current.since > PATIENCE_MS;
  }

  /** Whether records can be kept, as far as is known. */
  async ready(): Promise<boolean> {
    return !this.isStalled && (this.#current !== undefined || (await this.#store.ready()));
  }

  /**
   * Resolves when the record is durable.
   * @throws NotOnRecord after two seconds, or at once while writing is stalled. A record of something that was executed is
   *   kept all the same when that is possible again; not so one that is too large, or that the store never takes
   */
  async write(draft: Draft): Promise<KeptRecord> {
    const now = performance.now();
    const isStalled = this.#isStalledAt(now);
    const refusal = this.#refusalOf(draft, isStalled);
    if (refusal !== undefined) throw new NotOnRecord(refusal, { isKeptLater: false });
    return await new Promise<KeptRecord>((resolve, reject) => {
      const { lines, context, made, clockBack } = draft;
      const waiter = { since: now, resolve, reject, partsLeft: lines.length, kept: undefined };
      for (const line of lines) {
        const bytes = Buffer.byteLength(line) + 1;
        this.#queue.push({ line, bytes, context, made, clockBack, waiter });
      }
      if (isStalled) reject(new NotOnRecord("nothing is kept at once", { isKeptLater: true }));
      this.#gathering.note(now);
      if (this.#gathering.patience(this.#queue.length) === 0) this.#gathered?.();
      this.#writing ??= this.#write();
    });
  }

  /** Why a record is not taken; undefined where it is. */
  #refusalOf({ lines, context, executed }: Draft, isStalled: boolean): string | undefined {
    if (this.#closing !== undefined) return "the book is closed";
    const isTooLarge =
      isLonger(context.text, MAX_CONTEXT_BYTES) ||
      lines.some((line) => isLonger(line, MAX_LINE_BYTES));
    if (isTooLarge) return "the record is too large";
    if (isStalled && !executed) return "no records can be kept at the moment";
    return this.#queue.length >= MAX_WAITING ? "too many records wait already" : undefined;
  }

  /** Writes what is waiting, for some seconds at most; nothing is taken any more. */
  async close(): Promise<void> {
    this.#closing = performance.now();
    this.#wake?.();
    this.#gathered?.();
    await this.#writing;
    clearInterval(this.#looking);
  }

  async #write(): Promise<void> {
    // What arrives in the same turn shares the first batch already.
    await Promise.resolve();
    while (this.#queue.length > 0) {
      const patience = this.#apart > 0 ? 0 : this.#gathering.patience(this.#queue.length);
      if (patience > 0 && this.#closing === undefined) await this.#gather(patience);
      const entries = this.#next();
      this.#current = { entries, since: performance.now() };
      const linked = linkLines(
        entries.map(({ line }) => line),
        this.#chain,
      );
      const batch = this.#batchOf(entries, linked);
      const fate = await this.#keep(batch);
      if (fate === "lost") {
        this.#abandon(entries);
        break;
      }
      this.#current = undefined;
      if (fate === "refused") {
        this.#setApart(entries);
        continue;
      }
      this.#tell(entries, batch.first, linked);
      this.#sequence += entries.length;
      this.#chain = batch.chain;
    }
    this.#writing = undefined;
  }

  /** Tells those whose record is kept as a whole. @param first the sequence of the first entry */
  #tell(entries: readonly Entry[], first: number, linked: LinkedLines): void {
    for (let index = 0; index < entries.length; index += 1) {
      const { waiter } = entries[index]!;
      waiter.kept ??= { router: this.router, sequence: first + index, leaf: leafOf(linked, index) };
      waiter.partsLeft -= 1;
      if (waiter.partsLeft === 0) waiter.resolve(waiter.kept);
    }
  }

  async #gather(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      const gathered = (): void => {
        clearTimeout(timer);
        resolve();
      };
      this.#gathered = gathered;
    });
    this.#gathered = undefined;
  }

  /** Takes the next batch's records out of what is waiting. */
  #next(): Entry[] {
    const most = this.#apart > 0 ? 1 : MAX_BATCH_RECORDS;
    this.#apart = Math.max(0, this.#apart - 1);
    let count = 0;
    let bytes = 0;
    for (const entry of this.#queue) {
      bytes += entry.bytes;
      if (count > 0 && (bytes > MAX_BATCH_BYTES || count === most)) break;
      count += 1;
    }
    const taken = this.#queue.slice(0, count);
    this.#queue = this.#queue.slice(count);
    return taken;
  }

  #batchOf(entries: readonly Entry[], { lines, chain }: LinkedLines): RecordBatch {
    const written = new Date(this.#writtenAt(entries));
    const contexts = new Map<string, string>();
    for (const { context } of entries) contexts.set(context.digest, context.text);
    return {
      router: this.router,
      started: this.#started,
      first: this.#sequence + 1,
      month: `${monthOf(written.getTime())}-01`,
      written,
      chain,
      count: entries.length,
      lines,
      contexts,
    };
  }

  /**
   * When a batch is written: never before a record in it was made, nor before the last batch unless a record says that
   * the clock has gone back, whatever the clock does while records wait.
   */
  #writtenAt(entries: readonly Entry[]): number {
    const saysSo = entries.some(({ clockBack }) => clockBack);
    let written = Math.max(Date.now(), saysSo ? 0 : this.#written);
    for (const { made } of entries) written = Math.max(written, made);
    this.#written = written;
    return written;
  }

  /** Several that were refused for good are written one by one; a single one is given up. */
  #setApart(entries: readonly Entry[]): void {
    const [only, ...others] = entries;
    if (others.length > 0) {
      this.#queue = [...entries, ...this.#queue];
      this.#apart = entries.length;
      return;
    }
    this.#log.error({ bytes: only!.bytes }, "a record was given up: it can never be kept");
    only!.waiter.reject(new NotOnRecord("the record can never be kept", { isKeptLater: false }));
  }

  /**
   * Tries until it is known what becomes of the batch: it is kept, or refused for good, or lost because the router stops
   * before.
   */
  async #keep(batch: RecordBatch): Promise<"kept" | "refused" | "lost"> {
    for (let tries = 0; ; tries += 1) {
      try {
        await this.#store.append(batch);
        if (tries > 0) this.#log.info({ first: batch.first, tries }, "records are kept again");
        return "kept";
      } catch (error) {
        const { first, count } = batch;
        const reason = error instanceof Error ? error.message : String(error);
        this.#log.error({ first, count, reason }, "records could not be kept");
        if (error instanceof NeverKept) return "refused";
      }
      const now = performance.now();
      if (this.#closing !== undefined && now - this.#closing > LAST_TRIES_MS) return "lost";
      await this.#pause(RETRY_MS[Math.min(tries, RETRY_MS.length - 1)]!);
    }
  }

  async #pause(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      const wake = (): void => {
        clearTimeout(timer);
        resolve();
      };
      this.#wake = wake;
    });
    this.#wake = undefined;
  }

  /** Tells those who have waited long enough; their records stay where they are. */
  #giveUp(): void {
    const latest = performance.now() - PATIENCE_MS;
    for (const { waiter } of [...(this.#current?.entries ?? []), ...this.#queue]) {
      if (waiter.since <= latest)
        waiter.reject(new NotOnRecord("it took too long", { isKeptLater: true }));
    }
  }

  #abandon(entries: readonly Entry[]): void {
    const lost = [...entries, ...this.#queue];
    this.#queue = [];
    this.#log.error({ count: lost.length }, "stopped before the last records were kept");
    for (const { waiter } of lost)
      waiter.reject(new NotOnRecord("the router has stopped", { isKeptLater: false }));
  }
}

/** Whether a text takes more bytes; its UTF-16 units take three each at most. */
function isLonger(text: string, bytes: number): boolean {
  return text.length > bytes || (text.length * 3 > bytes && Buffer.byteLength(text) > bytes);
}
