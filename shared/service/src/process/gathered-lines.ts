import { writeSync } from "node:fs";
import type { DestinationStream } from "pino";
import { LogOutlet } from "./log-outlet.ts";

/** Lines are handed to the kernel together, as soon as there is so much of them, in UTF-16 units. */
const ENOUGH = 16 * 1024;
/** Or when the first of them is so old. */
const PATIENCE_MS = 20;
const WARN = 40;
/** Has pino say how grave each line is. */
const METADATA: unique symbol = Symbol.for("pino.metadata");

interface Sink extends DestinationStream {
  flush(done?: (error?: Error) => void): void;
  flushSync(): void;
}

/**
 * The way out for a log that has a line for every request: a write for each would cost more than some requests do,
 * and a reader that is slow would hold up them all. Warnings and worse go out at once with what stands before them, the rest
 * after 20 ms at most, and all of it when the process ends by itself. A process that is killed, or that V8 ends for want of
 * memory, takes the last 20 ms of its log with it; records are not written this way.
 */
export class GatheredLines implements DestinationStream {
  readonly [METADATA] = true;
  /** How grave the line is that is being written; pino sets it. */
  lastLevel = 0;
  readonly #sink: Sink;
  #text = "";
  #waiting: NodeJS.Timeout | undefined;

  constructor(sink: Sink) {
    this.#sink = sink;
    process.prependListener("exit", () => this.flushSync());
  }

  write(line: string): void {
    this.#text += line;
    if (this.lastLevel >= WARN || this.#text.length >= ENOUGH) this.#handOver();
    else this.#waiting ??= setTimeout(() => this.#handOver(), PATIENCE_MS).unref();
  }

  /** Hands over what waits, and has the sink say when it is done. */
  flush(done?: (error?: Error) => void): void {
    this.#handOver();
    this.#sink.flush(done);
  }

  flushSync(): void {
    this.#handOver();
    this.#sink.flushSync();
  }

  #handOver(): void {
    clearTimeout(this.#waiting);
    this.#waiting = undefined;
    if (this.#text === "") return;
    const text = this.#text;
    this.#text = "";
    this.#sink.write(text);
  }
}

let output: GatheredLines | undefined;

/** The process's standard output; what hinders it is told on its standard error. */
export function standardOutput(): GatheredLines {
  return (output ??= new GatheredLines(new LogOutlet(1, tellOnStandardError)));
}

/** A sentence for whoever started the process. It may be that it cannot be told either. */
export function tellOnStandardError(sentence: string): void {
  try {
    writeSync(2, `${sentence}\n`);
  } catch {
    // There is nobody left to tell.
  }
}
