/**
 * How much subgraphs may still answer to one request, in bytes. What comes counts as it comes: fetches under way at the
 * same time share it.
 */
export class ByteAllowance {
  #left: number;

  constructor(bytes: number) {
    this.#left = bytes;
  }

  get left(): number {
    return this.#left;
  }

  /** @returns whether there were as many; otherwise none is taken */
  take(bytes: number): boolean {
    if (bytes > this.#left) return false;
    this.#left -= bytes;
    return true;
  }

  /** What was taken and is kept no longer. */
  giveBack(bytes: number): void {
    this.#left += bytes;
  }
}
