import { LRUCache } from "lru-cache";

/** An answer, and for how long it may be given to others too. */
export interface Kept<T> {
  readonly value: T;
  readonly seconds: number;
}

const MAX_ANSWERS = 50_000;

/**
 * Answers that are the same for everybody who asks the same: asked for once while the first asker still waits, and
 * remembered for as long as each says. A failure is everybody's who waited, and is not remembered.
 */
export class SharedAnswers<T> {
  readonly #answers = new LRUCache<string, { answer: Promise<T>; until: number }>({
    max: MAX_ANSWERS,
  });

  async get(key: string, ask: () => Promise<Kept<T>>): Promise<T> {
    const known = this.#answers.get(key);
    if (known !== undefined && known.until > performance.now()) return await known.answer;
    const asked = ask();
    const entry = { answer: asked.then(({ value }) => value), until: Infinity };
    this.#answers.set(key, entry);
    asked.then(
      ({ seconds }) => (entry.until = performance.now() + seconds * 1_000),
      () => void (this.#answers.peek(key) === entry && this.#answers.delete(key)),
    );
    return await entry.answer;
  }

  /** Forgets an answer, one under way included: whoever asks from now on asks anew. */
  drop(key: string): void {
    this.#answers.delete(key);
  }
}
