import { countKeys, type EntryKeys, textsOf } from "./posting-keys.ts";

/** The newest entries as they were at one moment; later ones may have been added to it. */
export interface TailView {
  /** Positions from `base` up to, not including, `seen` are in it. */
  readonly base: number;
  readonly seen: number;
  /** Key → positions, ascending. */
  readonly positions: ReadonlyMap<string, readonly number[]>;
  /** Between which moments its entries arrived; undefined where it has none. */
  readonly times: { readonly earliest: number; readonly latest: number } | undefined;
}

interface Waiting {
  readonly size: number;
  readonly done: () => void;
}

/**
 * What of the log is in no run yet, in memory: some thousands of records, read again from the log at a start. Entries come
 * all the time and are looked at now and then, so they are put in order by key when somebody looks.
 */
export class Tail {
  #base = 0;
  #seen = 0;
  #entries: EntryKeys[] = [];
  #positions = new Map<string, number[]>();
  /** How many of the entries are in it. */
  #ordered = 0;
  #postings = 0;
  #waiting = new Set<Waiting>();

  /** How many entries of the log it knows, those it has given up included. */
  get seen(): number {
    return this.#seen;
  }

  get records(): number {
    return this.#seen - this.#base;
  }

  get postings(): number {
    return this.#postings;
  }

  /** Begins anew at a position. */
  start(position: number): void {
    this.#base = this.#seen = position;
    this.#hold([]);
  }

  /** Takes the keys of entries up to `size`; those it knows are left out by the caller. */
  add(entries: readonly EntryKeys[], size: number): void {
    for (const entry of entries) {
      this.#entries.push(entry);
      this.#postings += countKeys(entry.keys);
    }
    this.#seen = size;
    for (const waiting of this.#waiting) if (waiting.size <= size) waiting.done();
  }

  /** Gives up what lies before a position. Views taken earlier keep it. */
  drop(before: number): void {
    if (before <= this.#base) return;
    this.#base = Math.min(before, this.#seen);
    this.#hold(this.#entries.filter(({ position }) => position >= before));
  }

  #hold(entries: EntryKeys[]): void {
    this.#entries = entries;
    this.#postings = entries.reduce((sum, { keys }) => sum + countKeys(keys), 0);
    this.#positions = new Map();
    this.#ordered = 0;
  }

  view(): TailView {
    for (; this.#ordered < this.#entries.length; this.#ordered++)
      this.#order(this.#entries[this.#ordered]!);
    let earliest = Number.POSITIVE_INFINITY;
    let latest = Number.NEGATIVE_INFINITY;
    for (const { time } of this.#entries) {
      if (time < earliest) earliest = time;
      if (time > latest) latest = time;
    }
    const times = this.#entries.length === 0 ? undefined : { earliest, latest };
    return { base: this.#base, seen: this.#seen, positions: this.#positions, times };
  }

  #order({ position, keys }: EntryKeys): void {
    for (const key of textsOf(keys)) {
      const known = this.#positions.get(key);
      if (known === undefined) this.#positions.set(key, [position]);
      else known.push(position);
    }
  }

  /** The entries from a position on. */
  from(position: number): EntryKeys[] {
    return this.#entries.filter((entry) => entry.position >= position);
  }

  /** Resolves with true once it knows so many entries of the log; with false when that takes too long. */
  async reaches(size: number, deadlineMs: number): Promise<boolean> {
    if (this.#seen >= size) return true;
    return await new Promise((resolve) => {
      const settle = (reached: boolean): void => {
        clearTimeout(timer);
        this.#waiting.delete(waiting);
        resolve(reached);
      };
      const timer = setTimeout(() => settle(false), deadlineMs);
      const waiting: Waiting = { size, done: () => settle(true) };
      this.#waiting.add(waiting);
    });
  }
}
