import {
  closeSync,
  fdatasync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  write,
} from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { makeDirectory } from "../make-directory.ts";
import { StartupError } from "../startup-error.ts";

/** Only the process's own user reads a journal. */
const MODE = 0o600;

/** A line, or what makes it when it is known which day's file it goes into (`yyyy-mm-dd`). */
export type Line = object | ((day: string) => object);

interface Waiting {
  textFor: (day: string) => string;
  resolve: () => void;
  reject: (error: unknown) => void;
}

/**
 * An append-only file of JSON lines, a new one each day (UTC): `<name>-<yyyy-mm-dd>.jsonl`, mode 0600. A line is on
 * the disk when its append resolves. Lines that arrive while a flush runs share the next one, so that many requests
 * cost few flushes. A last line that a crash has torn is cut off when the file is opened again.
 */
export class Journal {
  readonly #directory: string;
  readonly #name: string;
  readonly #now: () => Date;
  #file: OpenFile | undefined;
  #waiting: Waiting[] = [];
  #flushing: Promise<void> | undefined;
  #closed = false;

  /**
   * Creates the directory where it is missing, and repairs today's file.
   * @throws StartupError when the directory cannot be written to
   */
  constructor(options: { directory: string; name: string; now?: () => Date }) {
    this.#directory = options.directory;
    this.#name = options.name;
    this.#now = options.now ?? (() => new Date());
    try {
      makeDirectory(this.#directory);
      cutTornLine(this.#path(this.#day()));
      syncDirectory(this.#directory);
    } catch (error) {
      const reason = (error as NodeJS.ErrnoException).code ?? String(error);
      throw new StartupError(`The directory ${this.#directory} cannot be written to (${reason}).`, {
        cause: error,
      });
    }
  }

  /**
   * Resolves when the lines are durable; rejects when they could not be written, and then none of them stays in the
   * file.
   */
  append(...lines: readonly Line[]): Promise<void> {
    if (this.#closed) return Promise.reject(new Error("the journal is closed"));
    return new Promise((resolve, reject) => {
      const texts = lines.map((line) => (typeof line === "function" ? line : textOf(line)));
      const textFor = (day: string): string =>
        texts.map((text) => (typeof text === "string" ? text : textOf(text(day)))).join("");
      this.#waiting.push({ textFor, resolve, reject });
      this.#flushing ??= this.#flush();
    });
  }

  /** Writes what is waiting and closes the file. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#flushing;
    await this.#file?.handle.close();
    this.#file = undefined;
  }

  async #flush(): Promise<void> {
    // What arrives in the same turn shares this first flush already.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const lines = this.#waiting;
      this.#waiting = [];
      try {
        await this.#write(lines);
        for (const { resolve } of lines) resolve();
      } catch (error) {
        for (const { reject } of lines) reject(error);
      }
    }
    this.#flushing = undefined;
  }

  async #write(lines: readonly Waiting[]): Promise<void> {
    const file = await this.#open();
    const bytes = Buffer.from(lines.map(({ textFor }) => textFor(file.day)).join(""));
    try {
      await appendDurably(file.handle.fd, bytes);
      file.length += bytes.length;
    } catch (error) {
      this.#file = undefined;
      await file.handle.truncate(file.length).catch(() => {}); // a full disk may refuse even this: opening cuts it again
      await file.handle.close().catch(() => {});
      throw error;
    }
  }

  async #open(): Promise<OpenFile> {
    const day = this.#day();
    if (this.#file?.day === day) return this.#file;
    const path = this.#path(day);
    await this.#file?.handle.close();
    this.#file = undefined;
    cutTornLine(path);
    syncDirectory(this.#directory);
    const handle = await open(path, "a", MODE);
    const { size } = await handle.stat();
    this.#file = { day, handle, length: size };
    return this.#file;
  }

  #day(): string {
    return this.#now().toISOString().slice(0, 10);
  }

  #path(day: string): string {
    return join(this.#directory, `${this.#name}-${day}.jsonl`);
  }
}

interface OpenFile {
  readonly day: string;
  readonly handle: FileHandle;
  length: number;
}

function textOf(line: object): string {
  return `${JSON.stringify(line)}\n`;
}

/** Writes all bytes, then waits until they are on the disk: node:fs/promises would take several promises for each step. */
function appendDurably(descriptor: number, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const writeFrom = (start: number): void =>
      write(descriptor, bytes, start, bytes.length - start, null, (error, written) => {
        if (error) reject(error);
        else if (start + written < bytes.length) writeFrom(start + written);
        else fdatasync(descriptor, (failed) => (failed ? reject(failed) : resolve()));
      });
    writeFrom(0);
  });
}

/** Cuts off what follows the last line feed; creates the file where there is none. */
function cutTornLine(path: string): void {
  const descriptor = openSync(path, "a+", MODE);
  try {
    const { size } = fstatSync(descriptor);
    const whole = wholeLength(descriptor, size);
    if (whole === size) return;
    ftruncateSync(descriptor, whole);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** The length up to and with the last line feed, searched from the end. */
function wholeLength(descriptor: number, size: number): number {
  const block = Buffer.alloc(64 * 1024);
  for (let end = size; end > 0;) {
    const start = Math.max(0, end - block.length);
    const read = readSync(descriptor, block, 0, end - start, start);
    const at = block.subarray(0, read).lastIndexOf("\n");
    if (at !== -1) return start + at + 1;
    end = start;
  }
  return 0;
}

/** Makes a file's existence durable, which its own flush does not. */
function syncDirectory(directory: string): void {
  if (process.platform === "win32") return;
  const descriptor = openSync(directory, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
