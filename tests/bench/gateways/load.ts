import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** About whom and by whom it is asked: both drawn anew for each request, uniformly. */
export interface People {
  readonly ids: readonly string[];
  readonly tokens: readonly string[];
}

/** One operation sent to one gateway for a while, each connection with one request at a time. */
export interface Run {
  readonly url: string;
  readonly query: string;
  /** How many citizens a request is about; one is `$id`, several are `$ids`. */
  readonly citizens: number;
  readonly connections: number;
  readonly milliseconds: number;
  /** Tokens to use once each, in place of drawn ones; the run ends with them at the latest. */
  readonly fresh?: readonly string[] | undefined;
}

export interface RunResult {
  readonly requests: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** The callers, who are a process of their own. */
export class Load {
  readonly #child: ChildProcess;
  /** Fails when the process ends. */
  readonly #ended: Promise<never>;

  constructor() {
    this.#child = fork(fileURLToPath(new URL("load-generator.ts", import.meta.url)), {
      env: { PATH: process.env["PATH"] },
    });
    this.#ended = once(this.#child, "exit").then(([code]) => {
      throw new Error(`the callers ended with ${String(code)}`);
    });
    this.#ended.catch(() => {}); // between runs nobody waits for it
  }

  meet(people: People): void {
    this.#child.send(people);
  }

  /** @throws Error when a request is not answered by 200, or has errors in its answer */
  async run(run: Run): Promise<RunResult> {
    this.#child.send(run);
    const said = once(this.#child, "message") as Promise<[RunResult | { failed: string }]>;
    const [answer] = await Promise.race([said, this.#ended]);
    if ("failed" in answer) throw new Error(answer.failed);
    return answer;
  }

  stop(): void {
    this.#child.disconnect();
    this.#child.kill();
  }
}
