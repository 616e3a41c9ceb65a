/** What has been started, to be stopped in the reverse order. */
export class Stops {
  readonly #stops: (() => Promise<void>)[] = [];
  #all: Promise<unknown[]> | undefined;

  get stopping(): boolean {
    return this.#all !== undefined;
  }

  /** A part that finishes starting while everything is being stopped is stopped in its turn. */
  add(stop: () => Promise<void>): void {
    this.#stops.push(stop);
  }

  /** Stops all, once; one that fails does not keep the others running. @returns what failed */
  async all(): Promise<unknown[]> {
    return await (this.#all ??= this.#stopAll());
  }

  async #stopAll(): Promise<unknown[]> {
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
