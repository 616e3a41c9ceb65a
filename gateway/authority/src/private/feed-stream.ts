import type { Writable } from "node:stream";
import type { FeedReader, RegistryWatch } from "./registry-watch.ts";

/** A reader whose connection has taken nothing for so long is dropped: it may come again. */
const BLOCKED_MAX_MS = 5_000;

/**
 * One reader's side of the feed. While its connection takes nothing more, only the newest snapshot is kept for it, so
 * that a slow reader costs no more than that, and after five seconds it is dropped.
 */
export class FeedStream implements FeedReader {
  readonly #out: Writable;
  readonly #watch: RegistryWatch;
  readonly #now: () => number;
  #blockedSince: number | undefined;
  #waiting: string | undefined;

  constructor(out: Writable, watch: RegistryWatch, now: () => number = () => performance.now()) {
    this.#out = out;
    this.#watch = watch;
    this.#now = now;
    out.on("drain", () => this.#drained());
    out.on("close", () => watch.remove(this));
    out.on("error", () => watch.remove(this));
    watch.add(this);
  }

  snapshot(line: string): void {
    if (this.#blockedSince === undefined) this.#write(line);
    else this.#waiting = line;
  }

  alive(line: string): void {
    if (this.#blockedSince === undefined) this.#write(line);
    else if (this.#now() - this.#blockedSince > BLOCKED_MAX_MS) this.end();
  }

  /** At once, whatever has not gone out yet. */
  end(): void {
    this.#watch.remove(this);
    this.#out.destroy();
  }

  #write(line: string): void {
    if (!this.#out.write(line)) this.#blockedSince = this.#now();
  }

  #drained(): void {
    this.#blockedSince = undefined;
    if (this.#waiting === undefined) return;
    const line = this.#waiting;
    this.#waiting = undefined;
    this.#write(line);
  }
}
