/** Something that has time until a certain moment. */
export interface Deadline {
  /** It is done in time; once it is too late, nothing happens. */
  cancel(): void;
}

/** In the list of those that have the same time: what began first is due first. */
class Entry implements Deadline {
  previous: Entry = this;
  next: Entry = this;
  readonly due: number;
  readonly expire: () => void;

  constructor(due: number, expire: () => void) {
    this.due = due;
    this.expire = expire;
  }

  cancel(): void {
    this.previous.next = this.next;
    this.next.previous = this.previous;
    this.previous = this.next = this;
  }
}

/** All that have the same time; one timer for them, set for the first that is due. */
class Line {
  readonly #ms: number;
  readonly #ends = new Entry(0, () => {});
  #isTimed = false;

  constructor(ms: number) {
    this.#ms = ms;
  }

  add(expire: () => void): Deadline {
    const ends = this.#ends;
    const entry = new Entry(performance.now() + this.#ms, expire);
    entry.previous = ends.previous;
    entry.next = ends;
    ends.previous.next = entry;
    ends.previous = entry;
    if (!this.#isTimed) this.#wait(this.#ms);
    return entry;
  }

  #wait(ms: number): void {
    this.#isTimed = true;
    // Whoever waits for something has a connection open, which keeps the process; a deadline alone need not.
    setTimeout(() => this.#expire(), Math.max(1, Math.ceil(ms))).unref();
  }

  #expire(): void {
    this.#isTimed = false;
    const now = performance.now();
    const late: Entry[] = [];
    for (;;) {
      const first = this.#ends.next;
      if (first === this.#ends || first.due > now) break;
      first.cancel();
      late.push(first);
    }
    const first = this.#ends.next;
    if (first !== this.#ends) this.#wait(first.due - now);
    for (const { expire } of late) expire();
  }
}

const lines = new Map<number, Line>();

/**
 * Calls `expire` when this time has passed, unless it is cancelled before. Thousands of requests and fetches have the
 * same time and nearly all are done long before: a timer of its own for each would cost more than all else about it.
 * @param ms one of few: the times for which things are set to wait
 */
export function deadlineIn(ms: number, expire: () => void): Deadline {
  let line = lines.get(ms);
  if (line === undefined) lines.set(ms, (line = new Line(ms)));
  return line.add(expire);
}
