import { MAX_BATCH_ITEMS } from "@truc/contracts";
import type { AskedItem } from "./asked-item.ts";

/** Batches under way before others wait. */
const MAX_UNDER_WAY = 4;
/** A batch that takes longer holds up nobody any more. */
const PATIENCE_MS = 25;
/** What one batch holds at most, unless one item alone is more. */
const MAX_BATCH_BYTES = 256 * 1024;
const MAX_BATCH_ENTITIES = 200;

interface UnderWay {
  readonly since: number;
  /** Whether it counts to those that others wait for. */
  counts: boolean;
}

interface Queued {
  readonly item: AskedItem;
  readonly entities: number;
}

/**
 * Gathers operations into batches: what is asked for in one turn of the event loop goes out at its end while fewer than
 * four batches are under way, and otherwise when one returns. So nothing waits for company when little is going on, and
 * batches grow with the load by themselves. Who has left before is not sent.
 */
export class Lane {
  readonly #send: (items: readonly AskedItem[], returned: () => void) => void;
  readonly #queue: Queued[] = [];
  readonly #underWay = new Set<UnderWay>();
  #counting = 0;
  /** Whether the end of this turn is waited for. */
  #flushes = false;
  /** Whether those under way are looked at again before long. */
  #waits = false;

  /** @param send must call `returned` once, when the batch is over, be it at once */
  constructor(send: (items: readonly AskedItem[], returned: () => void) => void) {
    this.#send = send;
  }

  /** Whether nothing waits and nothing is under way. */
  get isIdle(): boolean {
    return this.#queue.length === 0 && this.#underWay.size === 0;
  }

  /** @param entities about how many it asks for */
  add(item: AskedItem, entities: number): void {
    this.#queue.push({ item, entities });
    this.#next();
  }

  #next(): void {
    if (this.#queue.length === 0) return;
    if (this.#counting < MAX_UNDER_WAY) {
      if (this.#flushes) return;
      this.#flushes = true;
      setImmediate(() => this.#flush());
    } else if (!this.#waits) {
      this.#waits = true;
      setTimeout(() => this.#losePatience(), PATIENCE_MS);
    }
  }

  #flush(): void {
    this.#flushes = false;
    while (this.#counting < MAX_UNDER_WAY) {
      const items = this.#batch();
      if (items.length === 0) break;
      const batch: UnderWay = { since: performance.now(), counts: true };
      this.#underWay.add(batch);
      this.#counting += 1;
      this.#send(items, () => {
        this.#underWay.delete(batch);
        if (batch.counts) this.#counting -= 1;
        this.#next();
      });
    }
    this.#next();
  }

  /** The next items that travel together; those that are settled already are left out. */
  #batch(): AskedItem[] {
    const items: AskedItem[] = [];
    let bytes = 0;
    let entities = 0;
    let taken = 0;
    for (const queued of this.#queue) {
      if (!queued.item.isSettled) {
        bytes += queued.item.size;
        entities += queued.entities;
        const isFull =
          items.length === MAX_BATCH_ITEMS ||
          bytes > MAX_BATCH_BYTES ||
          entities > MAX_BATCH_ENTITIES;
        if (items.length > 0 && isFull) break;
        items.push(queued.item);
      }
      taken += 1;
    }
    this.#queue.splice(0, taken);
    return items;
  }

  #losePatience(): void {
    this.#waits = false;
    const now = performance.now();
    for (const batch of this.#underWay) {
      if (!batch.counts || now - batch.since < PATIENCE_MS) continue;
      batch.counts = false;
      this.#counting -= 1;
    }
    this.#next();
  }
}
