import { LRUCache } from "lru-cache";

/** An answer, and for how long it may be given to others too. */
export interface Kept<T> {
  readonly value: T;
  readonly seconds: number;
}

/** What is known under a key: that it is being asked for, or what was said and until when that holds (performance.now). */
type Entry<T> = { readonly asked: Promise<T> } | { readonly value: T; readonly until: number };

const MAX_ANSWERS = 50_000;

/**
 * Answers that are the same for everybody who asks the same: asked for once while the first asker still waits, and
 * remembered for as long as each says. A failure is everybody's who waited, and is not remembered.
 */
export class SharedAnswers<T> {
  readonly #entries = new LRUCache<string, Entry<T>>({ max: MAX_ANSWERS });

  async get(key: string, ask: () => Promise<Kept<T>>): Promise<T> {
    const known = this.#entries.get(key);
    if (known !== undefined) {
      if ("asked" in known) return await known.asked;
      if (known.until > performance.now()) return known.value;
    }
    const asked = ask();
    const entry = { asked: asked.then(({ value }) => value) };
    this.#entries.set(key, entry);
    asked.then(
      (kept) => this.#settle(key, entry, kept),
      () => this.#settle(key, entry, undefined),
    );
    return await entry.asked;
  }

  /** Forgets an answer, one under way included: whoever asks from now on asks anew. */
  drop(key: string): void {
    this.#entries.delete(key);
  }

  /** Keeps what was said, and no promise of it; not where it was dropped meanwhile. */
  #settle(key: string, entry: Entry<T>, kept: Kept<T> | undefined): void {
    if (this.#entries.peek(key) !== entry) return;
    if (kept === undefined || kept.seconds === 0) this.#entries.delete(key);
    else {
      const { value, seconds } = kept;
      this.#entries.set(key, { value, until: performance.now() + seconds * 1_000 });
    }
  }
}
