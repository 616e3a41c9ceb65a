import { closeSync, write, writeSync } from "node:fs";

/** What waits at most for a disk that is full or a reader that has stopped reading, UTF-16 units; beyond it lines are dropped. */
const MAX_WAITING = 16 * 1024 * 1024;
/** How long after a failed write the next one is tried. */
const AGAIN_MS = { failed: 1_000, busy: 20 } as const;
/** How often a reader that is busy is tried when the process ends. */
const LAST_TRIES = 50;
const LAST_TRY_MS = 20;

/**
 * Where a log leaves its process. That it cannot be written (the disk is full, the reader is gone) ends nothing: what is
 * logged waits, as far as there is room, and goes out when it can. A process must not end for its log, nor hang for it
 * when it ends; a full disk does both to one that writes by sonic-boom 4 (its `flushSync` tries for ever).
 */
export class LogOutlet {
  readonly #fd: number;
  readonly #tell: (sentence: string) => void;
  #waiting = "";
  /** What is being written, and is to be written first where that fails. */
  #current: Buffer | undefined;
  #isWriting = false;
  #again: NodeJS.Timeout | undefined;
  #fails = false;
  #dropped = 0;
  #isClosed = false;
  readonly #whenEmpty: (() => void)[] = [];

  /**
   * @param fd open for writing
   * @param tell is told once that the log cannot be written, and once that it can be again: in a place that is no log
   */
  constructor(fd: number, tell: (sentence: string) => void) {
    this.#fd = fd;
    this.#tell = tell;
  }

  /** @param text whole lines; they are dropped when the descriptor is closed, whose number may be another file's by now */
  write(text: string): void {
    if (this.#isClosed) return;
    if (this.#waiting.length + text.length > MAX_WAITING) {
      this.#dropped += linesIn(text);
      return;
    }
    this.#waiting += text;
    if (this.#again === undefined) this.#next();
  }

  /** @param done is called when all there is has been written; or cannot be at the moment */
  flush(done?: () => void): void {
    if (done === undefined) return;
    if (!this.#isWriting && (this.#isEmpty || this.#fails)) done();
    else this.#whenEmpty.push(done);
  }

  /** Writes what waits, as far as it can be written, and closes the descriptor: what comes afterwards is dropped. */
  async close(): Promise<void> {
    await new Promise<void>((resolve) => this.flush(resolve));
    clearTimeout(this.#again);
    this.flushSync();
    this.#isClosed = true;
    closeSync(this.#fd);
  }

  /** Writes what waits, as far as that goes at once: for the end of the process. */
  flushSync(): void {
    let rest = Buffer.concat([
      ...(this.#current === undefined || this.#isWriting ? [] : [this.#current]),
      Buffer.from(this.#waiting),
    ]);
    this.#current = undefined;
    this.#waiting = "";
    for (let tries = 0; rest.length > 0 && tries < LAST_TRIES;)
      try {
        rest = rest.subarray(writeSync(this.#fd, rest));
      } catch (error) {
        if (!isBusy(error)) return;
        tries += 1;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LAST_TRY_MS);
      }
  }

  get #isEmpty(): boolean {
    return this.#waiting === "" && this.#current === undefined;
  }

  #next(): void {
    if (this.#isWriting) return;
    if (this.#current === undefined) {
      if (this.#waiting === "") return;
      this.#current = Buffer.from(this.#waiting);
      this.#waiting = "";
    }
    this.#isWriting = true;
    write(this.#fd, this.#current, (error, written) => {
      this.#isWriting = false;
      if (error === null) this.#wrote(written);
      else this.#failed(error);
    });
  }

  #wrote(written: number): void {
    const rest = this.#current?.subarray(written);
    this.#current = rest === undefined || rest.length === 0 ? undefined : rest;
    if (this.#fails) {
      this.#fails = false;
      const lost = this.#dropped === 0 ? "" : ` ${this.#dropped} lines are lost.`;
      this.#tell(`The log is written again.${lost}`);
      this.#dropped = 0;
    }
    if (this.#isEmpty) this.#empty();
    else this.#next();
  }

  #failed(error: NodeJS.ErrnoException): void {
    const wait = isBusy(error) ? AGAIN_MS.busy : AGAIN_MS.failed;
    if (!isBusy(error) && !this.#fails) {
      this.#fails = true;
      this.#tell(
        `The log cannot be written (${error.message}): its lines wait, 16 MiB of them at most. Make room, or see to whoever reads it.`,
      );
    }
    if (this.#fails) this.#empty();
    this.#again = setTimeout(() => {
      this.#again = undefined;
      this.#next();
    }, wait);
    this.#again.unref();
  }

  #empty(): void {
    for (const done of this.#whenEmpty.splice(0)) done();
  }
}

function isBusy(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "EAGAIN" || code === "EBUSY";
}

function linesIn(text: string): number {
  return text.split("\n").length - 1;
}
