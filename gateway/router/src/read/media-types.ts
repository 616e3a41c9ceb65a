/** Accept headers remembered at once, and how long each may be: callers' libraries send few. */
const MAX_KNOWN = 100;
const MAX_LENGTH = 200;

/**
 * In which media type Apollo Server answers whoever sends an Accept header, learned from its own answers to valid
 * operations: nothing else of a request decides it.
 */
export class MediaTypes {
  readonly #known = new Map<string, string>();

  /** @param accept undefined where none was sent */
  for(accept: string | undefined): string | undefined {
    return this.#known.get(accept ?? "");
  }

  learn(accept: string | undefined, mediaType: string | undefined): void {
    const sent = accept ?? "";
    if (mediaType === undefined || sent.length > MAX_LENGTH) return;
    if (this.#known.size >= MAX_KNOWN) this.#known.clear();
    this.#known.set(sent, mediaType);
  }
}
