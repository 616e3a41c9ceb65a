import { readFileSync } from "node:fs";
import { familyOf } from "./gateways/process-accounts.ts";

/** Does away with something that was started; waits until it is gone. */
export type Ending = () => Promise<unknown>;

/** What a run has started, ended in the opposite order: after it, where it fails, and where it is interrupted. */
export class Endings {
  readonly #endings = new Set<Ending>();
  #under: Promise<void> | undefined;

  add(ending: Ending): void {
    this.#endings.add(ending);
  }

  /** Ends everything, each once, whoever asks for it meanwhile. @throws the first failure, when all is done */
  async all(): Promise<void> {
    this.#under ??= this.#endAll().finally(() => (this.#under = undefined));
    await this.#under;
  }

  /** What is started in here ends with it. */
  async within<T>(work: (endings: Endings) => Promise<T>): Promise<T> {
    const own = new Endings();
    const ending: Ending = async () => await own.all();
    this.add(ending);
    try {
      return await work(own);
    } finally {
      await own.all();
      this.#endings.delete(ending);
    }
  }

  async #endAll(): Promise<void> {
    const failures: unknown[] = [];
    // What is started meanwhile has its turn too.
    for (let last = lastOf(this.#endings); last !== undefined; last = lastOf(this.#endings)) {
      this.#endings.delete(last);
      await last().catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
  }
}

function lastOf(endings: ReadonlySet<Ending>): Ending | undefined {
  return [...endings].at(-1);
}

/**
 * Kills every process that descends from this one, for when there is nobody left to end them in order. PostgreSQL is
 * left alone: it ends with this process, and would leave shared memory behind if it were killed.
 */
export function killDescendants(): void {
  for (const pid of familyOf(process.pid)) {
    if (pid === process.pid || nameOf(pid) === "postgres") continue;
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // it ended while we looked
    }
  }
}

function nameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8").trim();
  } catch {
    return "";
  }
}
