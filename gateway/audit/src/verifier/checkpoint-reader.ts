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
      const said = TIME_LINE.exec(note)?.[1];
      const time = said === undefined ? Number.NaN : Date.parse(said);
      if (!Number.isNaN(time)) this.#newest = Math.max(time, this.#newest ?? time);
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
        return line;
      }
    }
  }

  #report(kind: "torn" | "unreadable" | "reordered", what: string): void {
    this.#findings?.add({ kind, text: `${SEGMENT_FILES.checkpoints} ${what}` });
  }
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
