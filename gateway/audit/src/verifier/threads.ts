import { Worker } from "node:worker_threads";
import { type Examined, Examiner, type Stretch } from "./examine.ts";
import type { ThreadRequest } from "./examiner-thread.ts";

type ExaminerOptions = ConstructorParameters<typeof Examiner>[0];

interface Waiting {
  resolve: (answer: unknown) => void;
  reject: (error: Error) => void;
}

/** Where stretches are examined: in threads, or right here where a segment is not worth starting any. */
export class Threads {
  readonly #workers: Worker[];
  readonly #own: Examiner | undefined;
  readonly #waiting = new Map<number, Waiting>();
  #number = 0;

  /** @param count 0: in this thread */
  constructor(count: number, options: ExaminerOptions) {
    this.#own = count === 0 ? new Examiner(options) : undefined;
    this.#workers = Array.from({ length: count }, () => {
      const worker = new Worker(new URL("./examiner-thread.ts", import.meta.url), {
        workerData: options,
      });
      worker.on("message", ({ number, answer }: { number: number; answer: unknown }) => {
        this.#waiting.get(number)!.resolve(answer);
        this.#waiting.delete(number);
      });
      worker.on("error", (error) => {
        for (const { reject } of this.#waiting.values()) reject(error as Error);
      });
      return worker;
    });
  }

  /** How many stretches keep all threads busy. */
  get room(): number {
    return Math.max(1, 2 * this.#workers.length);
  }

  /** The stretch's bytes are not to be used any more. */
  async examine(stretch: Stretch): Promise<Examined> {
    if (this.#own !== undefined) return this.#own.examine(stretch);
    const worker = this.#workers[this.#number % this.#workers.length]!;
    return (await this.#ask(worker, stretch)) as Examined;
  }

  /** By a context's place: whether a record points to it. */
  async usedContexts(): Promise<Uint8Array> {
    if (this.#own !== undefined) return this.#own.check.used;
    const all = await Promise.all(
      this.#workers.map(async (worker) => (await this.#ask(worker, undefined)) as Uint8Array),
    );
    return all.reduce((used, other) => used.map((each, index) => each | other[index]!));
  }

  async stop(): Promise<void> {
    await Promise.all(this.#workers.map(async (worker) => await worker.terminate()));
  }

  async #ask(worker: Worker, stretch: Stretch | undefined): Promise<unknown> {
    const number = this.#number++;
    const answer = new Promise<unknown>((resolve, reject) =>
      this.#waiting.set(number, { resolve, reject }),
    );
    const buffer = stretch?.bytes.buffer as ArrayBuffer | undefined;
    const request: ThreadRequest = { number, stretch };
    worker.postMessage(request, buffer === undefined ? [] : [buffer]);
    return await answer;
  }
}
