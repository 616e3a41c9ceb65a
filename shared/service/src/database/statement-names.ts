/** Texts that are remembered; loaders of a register have some dozens. */
const MAX_TEXTS = 500;

/**
 * Names for statements that a database is to prepare: a text gets one when it comes a second time. The texts that have
 * not come for longest are forgotten, and a name is never given to another text.
 */
export class StatementNames {
  readonly #known = new Map<string, string | undefined>();
  #given = 0;

  /** @returns undefined for a text that comes for the first time */
  of(text: string): string | undefined {
    const known = this.#known.get(text);
    if (known === undefined && this.#known.has(text)) {
      const name = `truc_${this.#given++}`;
      this.#remember(text, name);
      return name;
    }
    this.#remember(text, known);
    return known;
  }

  /** Puts a text last, so that the first one is the one that has not come for longest. */
  #remember(text: string, name: string | undefined): void {
    this.#known.delete(text);
    this.#known.set(text, name);
    if (this.#known.size <= MAX_TEXTS) return;
    const [oldest] = this.#known.keys();
    this.#known.delete(oldest!);
  }
}
