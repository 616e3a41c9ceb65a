/** From so many records a second on, a batch waits for company. */
const BUSY_PER_SECOND = 600;
/** With so many, waiting for more makes writing little cheaper. */
const WORTH_WRITING = 40;
/** Fewer than so many in one batch are not worth a wait. */
const WORTH_WAITING = 16;
/** How long a batch waits at most, milliseconds: the longer, the more records come in a millisecond. */
const LONGEST_MS = { least: 8, most: 16, perThousandASecond: 8 } as const;
/** Over which time records are counted, milliseconds. */
const COUNTED_MS = 50;

/**
 * How long a batch waits for more records before it is written. When there is little to do it does not wait at all; when
 * there is much, a write with a few records more costs each of them less, and the few milliseconds are lost in the queue.
 * Nobody waits for what cannot come: there are no more records to come than requests under way, and few callers who ask
 * much are not slowed down for the sake of a small batch.
 */
export class Gathering {
  readonly #underWay: () => number;
  #countedSince = performance.now();
  #counted = 0;
  #perSecond = 0;

  /** @param underWay how many other requests are being answered, whose records are still to come */
  constructor(underWay: () => number) {
    this.#underWay = underWay;
  }

  /** Notes that a record has come. @param now by performance.now() */
  note(now: number): void {
    this.#counted += 1;
    const counted = now - this.#countedSince;
    if (counted < COUNTED_MS) return;
    this.#perSecond = (this.#counted / counted) * 1_000;
    this.#countedSince += counted;
    this.#counted = 0;
  }

  /** How much longer a batch of so many records should wait, milliseconds; 0: not at all. */
  patience(records: number): number {
    if (this.#perSecond < BUSY_PER_SECOND) return 0;
    const company = Math.min(WORTH_WRITING, records + this.#underWay());
    if (company < WORTH_WAITING || records >= company) return 0;
    const { least, most, perThousandASecond } = LONGEST_MS;
    const longest = (this.#perSecond / 1_000) * perThousandASecond;
    const enough = ((company - records) / this.#perSecond) * 1_000;
    return Math.min(enough, Math.max(least, Math.min(most, longest)));
  }
}
