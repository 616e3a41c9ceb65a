import { readFileSync } from "node:fs";
import type * as z from "zod";
import { lastChange } from "./last-change.ts";
import type { Frame } from "./process/define-service.ts";
import { StartupError } from "./startup-error.ts";

const LOOK_EVERY_MS = 1_000;

/**
 * A JSON file that may change while the process runs: keys and secrets that are rotated. It is read again within a
 * second of its change; one that has become wrong is reported, and what it held before stays.
 */
export class WatchedFile<T> {
  readonly #file: string;
  readonly #what: string;
  readonly #schema: z.ZodType<T>;
  readonly #log: Frame["log"];
  #content: T;
  #stamp: number;
  #looked = performance.now();

  /**
   * @param options.what how the file is called in a sentence: "the feed's secrets"
   * @throws StartupError when it cannot be read or is not what it should be
   */
  constructor(options: { file: string; what: string; schema: z.ZodType<T>; log: Frame["log"] }) {
    this.#file = options.file;
    this.#what = options.what;
    this.#schema = options.schema;
    this.#log = options.log;
    this.#stamp = lastChange(this.#file);
    this.#content = this.#read();
  }

  /** What it holds now. */
  get content(): T {
    if (performance.now() - this.#looked >= LOOK_EVERY_MS) this.#look();
    return this.#content;
  }

  #look(): void {
    this.#looked = performance.now();
    const stamp = lastChange(this.#file);
    if (stamp === this.#stamp) return;
    this.#stamp = stamp;
    try {
      this.#content = this.#read();
      this.#log.info({ file: this.#file }, `${this.#what} were read again`);
    } catch (error) {
      this.#log.error({ reason: (error as Error).message }, `${this.#what} cannot be read again`);
    }
  }

  #read(): T {
    let text: string;
    try {
      text = readFileSync(this.#file, "utf8");
    } catch (error) {
      const reason = (error as NodeJS.ErrnoException).code ?? "unknown reason";
      throw new StartupError(
        `The file of ${this.#what}, ${this.#file}, cannot be read (${reason}).`,
        {
          cause: error,
        },
      );
    }
    const result = this.#schema.safeParse(jsonOf(text));
    if (result.success) return result.data;
    const [issue] = result.error.issues;
    const place = issue!.path.length === 0 ? "" : ` at ${issue!.path.join(".")}`;
    throw new StartupError(
      `The file of ${this.#what}, ${this.#file}, is broken: ${issue!.message}${place}.`,
    );
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
