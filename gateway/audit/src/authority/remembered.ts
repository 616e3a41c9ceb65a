import { LRUCache } from "lru-cache";

/**
 * What was asked for lately, by key: asked for once while the first asker still waits, and believed for a while after
 * it was asked. A failure is everybody's who waited for it, and is not remembered.
 */
export class Remembered<T> {
  readonly #keptMs: number;
  readonly #now: () => number;
  readonly #asked: LRUCache<string, { answer: Promise<T>; until: number }>;

  /** @param keptMs for how long an answer is believed, counted from the question, milliseconds */
  constructor(options: { keptMs: number; max: number; now: () => number }) {
    this.#keptMs = options.keptMs;
    this.#now = options.now;
    this.#asked = new LRUCache({ max: options.max });
  }

  async get(key: string, ask: () => Promise<T>): Promise<T> {
    const known = this.#asked.get(key);
    if (known !== undefined && this.#now() < known.until) return await known.answer;
    const entry = { answer: ask(), until: this.#now() + this.#keptMs };
    this.#asked.set(key, entry);
    entry.answer.catch(() => void (this.#asked.peek(key) === entry && this.#asked.delete(key)));
    return await entry.answer;
  }
}
