/**
 * Decides when the loaders of one HTTP request read: all together, once nothing more can ask and every earlier
 * statement has answered. A loader then runs at most once for each level of the answer, however many objects stand
 * there and however unevenly the statements of the level before came back.
 */
export class LevelSchedule {
  #running = 0;
  #woken = false;
  #waiting: (() => void)[] = [];

  /** Puts a loader's batch on the next level. */
  readonly add = (dispatch: () => void): void => {
    this.#waiting.push(dispatch);
    this.#wake();
  };

  /** Runs a batch's statement; what is asked for meanwhile waits for the next level. */
  async run<T>(statement: () => Promise<T>): Promise<T> {
    this.#running++;
    try {
      return await statement();
    } finally {
      this.#running--;
      this.#wake();
    }
  }

  #wake(): void {
    if (this.#woken || this.#running > 0) return;
    this.#woken = true;
    // A tick set from a microtask comes when the microtasks, and so all resolvers that can go on, have run.
    void Promise.resolve().then(() =>
      process.nextTick(() => {
        this.#woken = false;
        if (this.#running > 0) return;
        const level = this.#waiting;
        this.#waiting = [];
        for (const dispatch of level) dispatch();
      }),
    );
  }
}
