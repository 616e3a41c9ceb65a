import { pseudonymOf, type MonthKeys } from "@truc/contracts";
import type { Logger } from "pino";
import type { MonthKeySource } from "./month-keys.ts";
import { networkOf } from "./network-of.ts";
import { recordedName } from "./recorded-words.ts";
import { NeverKept, type RecordStore, type RefusalCount } from "./record-store.ts";

/** Who sent what was refused. */
export interface RefusedSource {
  /** The system whose token was good; undefined where none was. */
  readonly system: string | undefined;
  /** The sender's network address. */
  readonly address: string;
}

interface Minute {
  /** Its first moment, milliseconds since the epoch. */
  readonly start: number;
  /** By source and code. */
  readonly counts: Map<string, Counted>;
  readonly systems: Room;
  readonly addresses: Room;
}

/** What is told apart of one kind of sources. */
interface Room {
  readonly sources: Set<string>;
  counts: number;
}

interface Counted {
  /** Undefined: beyond what is told apart. */
  readonly source: RefusedSource | undefined;
  readonly code: string;
  count: number;
}

const MINUTE_MS = 60_000;
/** Systems, and networks, told apart in one minute; so many addresses as there may be, they take no system's place. */
const MAX_SOURCES = 10_000;
/** Counts of either kind told apart in one minute: each source may have been refused for several reasons. */
const MAX_COUNTS = 12_000;
/** In one row of the database. */
const MAX_COUNT = 1_000_000_000;
/** Counts kept while they cannot be written; beyond it the oldest minutes tell no sources apart any more. */
const MAX_KEPT = 50_000;
/** Minutes kept while they cannot be written; beyond it the oldest two become one. */
const MAX_MINUTES = 2_000;
/** Refused requests of one system that are on record each by itself, in a minute. */
const MAX_REFUSED_RECORDS = 1_000;
/** How many are written at a time: records wait meanwhile. */
const WRITE_AT_ONCE = 200;
const LOOK_EVERY_MS = 1_000;
/** After how many looks it is tried again to write what could not be written. */
const LOOKS_UNTIL_RETRY = 5;

/**
 * Counts requests that are refused before anything of them is decided, by source, minute and code: they cost their sender
 * nothing, so each must cost next to nothing here. Nobody waits for them to be written, and counts that cannot be are
 * kept until they can. A source that is an address has its pseudonym when it is written; what the database is not known to
 * have kept is written again, so that a count may be there twice, never not at all.
 */
export class RefusalCounts {
  readonly #store: RecordStore;
  readonly #router: string;
  readonly #keys: MonthKeySource;
  readonly #log: Logger;
  readonly #now: () => number;
  readonly #looking: NodeJS.Timeout;
  #present: Minute;
  #ended: Minute[] = [];
  #refused = new Map<string, number>();
  #writing: Promise<void> | undefined;
  #looksLeft = 0;

  constructor(parts: {
    store: RecordStore;
    router: string;
    keys: MonthKeySource;
    log: Logger;
    /** For tests. */
    now?: () => number;
  }) {
    this.#store = parts.store;
    this.#router = parts.router;
    this.#keys = parts.keys;
    this.#log = parts.log;
    // Not Date.now itself, which may be another one by then: in tests.
    this.#now = parts.now ?? (() => Date.now());
    this.#present = this.#begin();
    this.#looking = setInterval(() => this.#look(), LOOK_EVERY_MS).unref();
  }

  count({ system, address }: RefusedSource, code: string): void {
    this.#turn();
    const source = { system, address: system === undefined ? networkOf(address) : "" };
    add(this.#present, source, code, 1);
  }

  /** Whether a system has had so many requests refused in this minute that one more is counted instead of recorded. */
  isBeyond(system: string): boolean {
    this.#turn();
    const refused = (this.#refused.get(system) ?? 0) + 1;
    this.#refused.set(system, refused);
    return refused > MAX_REFUSED_RECORDS;
  }

  /** Writes what there is, of the minute that has not ended too. */
  async close(): Promise<void> {
    clearInterval(this.#looking);
    await this.#writing;
    this.#end();
    await this.#write();
    if (this.#ended.length > 0)
      this.#log.error("stopped before the last counts of refusals were kept");
  }

  #begin(): Minute {
    const now = this.#now();
    return {
      start: now - (now % MINUTE_MS),
      counts: new Map(),
      systems: { sources: new Set(), counts: 0 },
      addresses: { sources: new Set(), counts: 0 },
    };
  }

  #turn(): void {
    const now = this.#now();
    if (now >= this.#present.start && now < this.#present.start + MINUTE_MS) return;
    this.#end();
    this.#present = this.#begin();
    this.#refused = new Map();
  }

  #end(): void {
    if (this.#present.counts.size === 0) return;
    this.#ended.push(this.#present);
    this.#present = this.#begin();
    this.#bound();
  }

  /** Keeps what waits within bounds, oldest minutes first; no request is left out of a count. */
  #bound(): void {
    let kept = this.#ended.reduce((sum, { counts }) => sum + counts.size, 0);
    for (const minute of this.#ended) {
      if (kept <= MAX_KEPT) break;
      kept -= minute.counts.size;
      const all = [...minute.counts.values()];
      minute.counts.clear();
      for (const { code, count } of all) add(minute, undefined, code, count);
      kept += minute.counts.size;
    }
    while (this.#ended.length > MAX_MINUTES) {
      const [oldest, next] = this.#ended.splice(0, 1).concat(this.#ended[0]!);
      for (const { code, count } of oldest!.counts.values()) add(next!, undefined, code, count);
    }
  }

  #look(): void {
    this.#turn();
    if (this.#ended.length === 0 || this.#writing !== undefined) return;
    this.#looksLeft -= 1;
    if (this.#looksLeft > 0) return;
    this.#writing = this.#write().finally(() => (this.#writing = undefined));
  }

  /** Writes ended minutes, as far as that is possible now. */
  async #write(): Promise<void> {
    try {
      for (let [minute] = this.#ended; minute !== undefined; [minute] = this.#ended) {
        for (const taken of chunks([...minute.counts])) {
          await this.#append(taken.map(([, counted]) => this.#rowOf(minute!, counted)));
          for (const [key] of taken) minute.counts.delete(key);
        }
        this.#ended = this.#ended.filter((each) => each !== minute);
      }
      this.#looksLeft = 0;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#log.warn({ reason }, "counts of refusals could not be kept yet");
      this.#looksLeft = LOOKS_UNTIL_RETRY;
    }
  }

  /** What one of several rows is refused for does not keep the others waiting: it is left out, and the log says so. */
  async #append(rows: readonly RefusalCount[]): Promise<void> {
    try {
      await this.#store.appendRefusals(rows);
    } catch (error) {
      if (!(error instanceof NeverKept)) throw error;
      if (rows.length > 1) {
        for (const row of rows) await this.#append([row]);
        return;
      }
      const { code, count } = rows[0]!;
      this.#log.error({ code, count }, "a count of refusals was given up: it can never be kept");
    }
  }

  #rowOf({ start }: Minute, { source, code, count }: Counted): RefusalCount {
    return {
      router: this.#router,
      minute: new Date(start),
      source: this.#wordsFor(source, start),
      code,
      count: Math.min(count, MAX_COUNT),
    };
  }

  #wordsFor(source: RefusedSource | undefined, time: number): string {
    if (source === undefined) return "others";
    const keys = (): MonthKeys => {
      const known = this.#keys.of(time);
      if (known === undefined) throw new Error("no key for the month");
      return known;
    };
    if (source.system !== undefined) return `system:${recordedName(source.system, keys)}`;
    return `address:${pseudonymOf(keys(), "address", source.address)}`;
  }
}

function add(minute: Minute, given: RefusedSource | undefined, code: string, count: number): void {
  const name = given && (given.system === undefined ? `a${given.address}` : `s${given.system}`);
  const counted = minute.counts.get(`${code} ${name ?? ""}`);
  if (counted !== undefined) {
    counted.count += count;
    return;
  }
  if (given === undefined || name === undefined) {
    minute.counts.set(`${code} `, { source: undefined, code, count });
    return;
  }
  const room = given.system === undefined ? minute.addresses : minute.systems;
  const isFull = room.sources.size >= MAX_SOURCES && !room.sources.has(name);
  if (isFull || room.counts >= MAX_COUNTS) {
    add(minute, undefined, code, count);
    return;
  }
  room.sources.add(name);
  room.counts += 1;
  minute.counts.set(`${code} ${name}`, { source: given, code, count });
}

function* chunks<T>(all: readonly T[]): Generator<readonly T[]> {
  for (let from = 0; from < all.length; from += WRITE_AT_ONCE)
    yield all.slice(from, from + WRITE_AT_ONCE);
}
