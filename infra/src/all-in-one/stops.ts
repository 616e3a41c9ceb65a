/** What has been started, to be stopped in the reverse order. */
export class Stops {
  readonly #stops: (() => Promise<void>)[] = [];
  #stopping = false;

  get stopping(): boolean {
    return this.#stopping;
  }

  /** A part that finishes starting while everything is being stopped is stopped in its turn. */
  add(stop: () => Promise<void>): void {
    this.#stops.push(stop);
  }

  /** Stops all; one that fails does not keep the others running. @returns what failed */
  async all(): Promise<unknown[]> {
    this.#stopping = true;
    const failures: unknown[] = [];
    for (let stop = this.#stops.pop(); stop !== undefined; stop = this.#stops.pop()) {
      try {
        await stop();
      } catch (error) {
        failures.push(error);
      }
    }
    return failures;
  }
}
