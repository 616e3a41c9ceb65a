import { join } from "node:path";
import type { Findings } from "./finding.ts";
import { LineReader } from "./line-reader.ts";
import { SEGMENT_FILES } from "./segment-head.ts";

/** A line of checkpoints.jsonl. */
export interface CheckpointLine {
  readonly size: number;
  readonly note: string;
}

const TIME_LINE = /^time (.+)$/m;

/** Reads checkpoints.jsonl by ascending size. */
export class CheckpointReader {
  readonly #lines: LineReader;
  readonly #findings: Findings | undefined;
  #line = 0;
  #ahead: CheckpointLine | undefined;
  #size = 0;
  #time = Number.NEGATIVE_INFINITY;
  #newest: number | undefined;

  /** @param findings undefined for a second look at the same file, which reports nothing */
  constructor(folder: string, findings?: Findings) {
    this.#lines = new LineReader(join(folder, SEGMENT_FILES.checkpoints));
    this.#findings = findings;
    this.#ahead = this.#next();
  }

  /** Those not yet taken, up to a size. */
  takeUpTo(size: number): CheckpointLine[] {
    const taken: CheckpointLine[] = [];
    while (this.#ahead !== undefined && this.#ahead.size <= size) {
      taken.push(this.#ahead);
      this.#ahead = this.#next();
    }
    return taken;
  }

  /** The latest time that a checkpoint up to that size says; sizes asked for ascend. */
  newestTimeUpTo(size: number): number | undefined {
    for (const { note } of this.takeUpTo(size)) {
      const time = timeOf(note);
      if (time !== undefined) this.#newest = Math.max(time, this.#newest ?? time);
    }
    return this.#newest;
  }

  close(): void {
    this.#lines.close();
  }

  #next(): CheckpointLine | undefined {
    for (;;) {
      const text = this.#lines.next();
      if (text === undefined) {
        if (this.#lines.isTorn) this.#report("torn", "ends within a line");
        return undefined;
      }
      this.#line += 1;
      const line = parseLine(text.toString());
      if (line === undefined) {
        this.#report("unreadable", `has no checkpoint in line ${this.#line}`);
      } else if (line.size < this.#size) {
        const text = `has a checkpoint of size ${line.size} behind one of ${this.#size}`;
        this.#report("reordered", text);
      } else {
        this.#size = line.size;
        this.#holdTime(line);
        return line;
      }
    }
  }

  /** The log signs no time before one it has signed. */
  #holdTime({ size, note }: CheckpointLine): void {
    const time = timeOf(note) ?? this.#time;
    if (time < this.#time) {
      const [at, before] = [time, this.#time].map((each) => new Date(each).toISOString());
      const what = `has the checkpoint of size ${size} of ${at} behind one of ${before}`;
      this.#report("backdated", what);
    }
    this.#time = Math.max(this.#time, time);
  }

  #report(kind: "torn" | "unreadable" | "reordered" | "backdated", what: string): void {
    this.#findings?.add({ kind, text: `${SEGMENT_FILES.checkpoints} ${what}` });
  }
}

/** Milliseconds since the epoch; undefined where the note says no time. */
function timeOf(note: string): number | undefined {
  const said = TIME_LINE.exec(note)?.[1];
  const time = said === undefined ? Number.NaN : Date.parse(said);
  return Number.isNaN(time) ? undefined : time;
}

function parseLine(text: string): CheckpointLine | undefined {
  try {
    const { size, note } = JSON.parse(text) as Record<string, unknown>;
    if (typeof note !== "string" || !Number.isSafeInteger(size)) return undefined;
    return { size: size as number, note };
  } catch {
    return undefined;
  }
}
