/** Between two plain lines of progress where the output is no terminal. */
const PLAIN_EVERY_MS = 2_000;

/** What the person who typed `npm start` sees. */
export class Screen {
  readonly #out: NodeJS.WriteStream;
  #moving = false;
  #lastPlain = 0;

  constructor(out: NodeJS.WriteStream = process.stdout) {
    this.#out = out;
    // What cannot be shown, because the disk is full or the terminal gone, must not end the platform.
    out.on("error", () => {});
  }

  /** A line that stays. */
  line(text: string): void {
    this.#clear();
    this.#out.write(`${text}\n`);
  }

  /** A line that the next one replaces; where the output is no terminal, a plain line now and then. */
  progress(text: string): void {
    if (this.#out.isTTY) {
      const width = Math.max(20, (this.#out.columns ?? 80) - 1);
      this.#out.write(`\r\u001b[K${text.slice(0, width)}`);
      this.#moving = true;
      return;
    }
    const now = Date.now();
    if (now - this.#lastPlain < PLAIN_EVERY_MS) return;
    this.#lastPlain = now;
    this.#out.write(`${text}\n`);
  }

  #clear(): void {
    if (this.#moving) this.#out.write("\r\u001b[K");
    this.#moving = false;
  }
}
