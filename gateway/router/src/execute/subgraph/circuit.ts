/** Messages that fail in a row before a subgraph is left alone. */
const FAILURES = 10;
/** For how long. */
const OPEN_MS = 1_000;

/** Leave to send one message, and what has become of it; exactly one of the three is told, once. */
export interface Passage {
  answered(): void;
  /** It could not be delivered, or was not answered in time. */
  failed(): void;
  /** Nobody waited for the answer: that says nothing of the subgraph. */
  abandoned(): void;
}

/**
 * Leaves a subgraph alone that does not answer: after {@link FAILURES} messages without an answer in a row, for
 * {@link OPEN_MS}; then one message is let through at a time, until one is answered. What it would cost to wait for a
 * subgraph that is down is paid by few, and a subgraph that comes back is not met by everybody at once.
 */
export class Circuit {
  readonly #changed: (open: boolean) => void;
  #failures = 0;
  #answeredAt = -Infinity;
  /** Undefined while messages go through. */
  #openUntil: number | undefined;
  #trial = false;

  constructor(changed: (open: boolean) => void) {
    this.#changed = changed;
  }

  /** Leave to send a message; undefined where none is given. */
  enter(): Passage | undefined {
    const at = performance.now();
    const trial = this.#openUntil !== undefined;
    if (trial) {
      if (this.#trial || at < this.#openUntil!) return undefined;
      this.#trial = true;
    }
    return {
      answered: () => this.#answered(),
      failed: () => this.#failed(at, trial),
      abandoned: () => {
        if (trial) this.#trial = false;
      },
    };
  }

  #answered(): void {
    this.#failures = 0;
    this.#answeredAt = performance.now();
    this.#trial = false;
    if (this.#openUntil === undefined) return;
    this.#openUntil = undefined;
    this.#changed(false);
  }

  #failed(sentAt: number, trial: boolean): void {
    if (trial) {
      // Another message, sent before, may have been answered meanwhile.
      if (this.#openUntil === undefined) return;
      this.#trial = false;
      this.#openUntil = performance.now() + OPEN_MS;
      return;
    }
    // It was slow, not dead: it has answered others since.
    if (this.#openUntil !== undefined || this.#answeredAt > sentAt) return;
    this.#failures += 1;
    if (this.#failures < FAILURES) return;
    this.#openUntil = performance.now() + OPEN_MS;
    this.#changed(true);
  }
}
