import { deadlineIn, type Deadline } from "./deadlines.ts";

/** Until when somebody waits for what is under way: an AbortSignal, at a tenth of its price. */
export interface Ending {
  /** Whether nobody waits any more. */
  readonly ended: boolean;
  /** @param told is called once, when it ends; not at all if it has */
  onEnd(told: () => void): void;
  /** It need not be told any more. */
  offEnd(told: () => void): void;
}

/** An ending that somebody brings about. */
export class OpenEnding implements Ending {
  #listeners: Set<() => void> | undefined;
  #ended = false;

  get ended(): boolean {
    return this.#ended;
  }

  onEnd(told: () => void): void {
    (this.#listeners ??= new Set()).add(told);
  }

  offEnd(told: () => void): void {
    this.#listeners?.delete(told);
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    const listeners = this.#listeners;
    this.#listeners = undefined;
    for (const told of listeners ?? []) told();
  }
}

/** An ending after some time. */
export function endingIn(ms: number): Ending {
  const ending = new OpenEnding();
  deadlineIn(ms, () => ending.end());
  return ending;
}

/**
 * The endings of one request: reading ends when its time is up or its caller has left; a change that is under way is
 * waited for until its time is up, whoever has left.
 */
export class RequestEnding {
  readonly reading = new OpenEnding();
  readonly changing = new OpenEnding();
  readonly #deadline: Deadline;
  #late = false;

  /** @param onLeft takes what is called when the caller leaves */
  constructor(deadlineMs: number, onLeft: (told: () => void) => void) {
    this.#deadline = deadlineIn(deadlineMs, () => {
      this.#late = true;
      this.reading.end();
      this.changing.end();
    });
    onLeft(() => this.reading.end());
  }

  /** Whether its time is up. */
  get late(): boolean {
    return this.#late;
  }

  /** All is done: there is nothing to end any more. */
  close(): void {
    this.#deadline.cancel();
  }
}
