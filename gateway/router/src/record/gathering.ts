/** From so many records a second on, a batch waits for company. */
const BUSY_PER_SECOND = 600;
/** With so many, waiting for more makes writing little cheaper. */
const WORTH_WRITING = 24;
/** How long a batch waits at most, milliseconds. */
const LONGEST_MS = 8;
/** Over which time records are counted, milliseconds. */
const COUNTED_MS = 50;

/**
 * How long a batch waits for more records before it is written. When there is little to do it does not wait at all; when
 * there is much, a write with a few records more costs each of them less, and the few milliseconds are lost in the queue.
 * Nobody waits for what cannot come: while no other request is under way, what there is, is written.
 */
export class Gathering {
  readonly #isAnybodyUnderWay: () => boolean;
  #countedSince = performance.now();
  #counted = 0;
  #perSecond = 0;

  /** @param isAnybodyUnderWay whether other requests are being answered, whose records are still to come */
  constructor(isAnybodyUnderWay: () => boolean) {
    this.#isAnybodyUnderWay = isAnybodyUnderWay;
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
    const isWorthIt = records < WORTH_WRITING && this.#perSecond >= BUSY_PER_SECOND;
    if (!isWorthIt || !this.#isAnybodyUnderWay()) return 0;
    return Math.min(LONGEST_MS, ((WORTH_WRITING - records) / this.#perSecond) * 1_000);
  }
}
