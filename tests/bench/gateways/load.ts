import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Endings } from "../endings.ts";
import type { BenchOperation } from "./peers.ts";

/** About whom and by whom it is asked: both drawn anew for each request, uniformly. */
export interface People {
  readonly ids: readonly string[];
  readonly tokens: readonly string[];
}

/** Requests to one gateway for a while. */
export interface Run {
  readonly url: string;
  /** One of them is drawn for each request. */
  readonly operations: readonly BenchOperation[];
  /** Each with one request at a time. */
  readonly connections: number;
  readonly milliseconds: number;
  /**
   * How many requests fall due in a second, at even distances, whether earlier ones are answered or not: an answer's time
   * counts from then, so that waiting is not hidden. Without it each connection asks again as soon as it is answered.
   */
  readonly perSecond?: number | undefined;
  /** Tokens to use once each, in place of drawn ones; the run ends with them at the latest. */
  readonly fresh?: readonly string[] | undefined;
  /** Whether requests that fail are counted, and the run goes on; otherwise it ends with the first. */
  readonly countsErrors?: boolean;
}

export interface RunResult {
  /** Those that were answered without error. */
  readonly requests: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly errors: number;
  /** What the first of them was. */
  readonly firstError?: string | undefined;
}

/** The callers, who are a process of their own. */
export class Load {
  /** Of their process. */
  readonly pid: number;
  readonly #child: ChildProcess;
  /** Fails when the process ends. */
  readonly #ended: Promise<never>;

  constructor(endings: Endings) {
    this.#child = fork(fileURLToPath(new URL("load-generator.ts", import.meta.url)), {
      env: { PATH: process.env["PATH"] },
    });
    this.pid = this.#child.pid!;
    const exit = once(this.#child, "exit");
    this.#ended = exit.then(([code]) => {
      throw new Error(`the callers ended with ${String(code)}`);
    });
    this.#ended.catch(() => {}); // between runs nobody waits for it
    endings.add(async () => {
      this.#child.kill();
      await exit;
    });
  }

  meet(people: People): void {
    this.#child.send(people);
  }

  /** @throws Error when a request is not answered by 200 or has errors in its answer, and they are not counted */
  async run(run: Run): Promise<RunResult> {
    this.#child.send(run);
    const said = once(this.#child, "message") as Promise<[RunResult | { failed: string }]>;
    const [answer] = await Promise.race([said, this.#ended]);
    if ("failed" in answer) throw new Error(answer.failed);
    return answer;
  }
}
