import type { Finding } from "./finding.ts";

/** The batch a record came with. */
export interface BatchTime {
  readonly written: number;
  /** The router wrote it before its last one, by its own clock: only with a record that says so. */
  readonly isWrittenEarlier: boolean;
}

/** A record's line; where it is not the one that the tree has in its place, what is there instead. */
export type Line = Buffer | "changed" | "unreadable";

/** What is to be said of a line of which only the leaf is known. */
export function lostLine(line: "changed" | "unreadable", position: number): Finding {
  const text =
    line === "changed"
      ? "another line stands where the tree has this record"
      : "nothing but its place in the tree is known";
  return { kind: line, from: position, to: position, text };
}

/** How long before its batch a request may have arrived, and how long after it by another clock. */
const LONGEST_MS = 10 * 60_000;
const ROUNDING_MS = 1_000;

/** What a record says that is of interest here. */
interface Said {
  time: number;
  context: string;
  clockBack: boolean;
}

/** Looks at what records say: whether they can be read, have their context, and belong to their batch's time. */
export class RecordCheck {
  readonly #contexts: Map<string, number>;
  /** By a context's place: whether a record points to it. */
  readonly used: Uint8Array;

  /** @param contexts SHA-256 of each context's text, base64url */
  constructor(contexts: readonly string[]) {
    this.#contexts = new Map(contexts.map((digest, index) => [digest, index]));
    this.used = new Uint8Array(contexts.length);
  }

  /** Makes a further context known. */
  add(digest: string): void {
    this.#contexts.set(digest, this.#contexts.size);
  }

  /** @param lines of one batch, without line feeds, from a position on */
  checkBatch(lines: readonly Line[], position: number, batch: BatchTime, into: Finding[]): void {
    const records = lines.map((line) => (typeof line === "string" ? undefined : read(line)));
    const clockWentBack = records.some((record) => record?.clockBack === true);
    if (batch.isWrittenEarlier && !clockWentBack) {
      const range = { from: position, to: position + lines.length - 1 };
      const text =
        "written earlier than what its router wrote before, and no record says its clock went back";
      into.push({ kind: "backdated", ...range, text });
    }
    for (const [index, record] of records.entries()) {
      const at = { from: position + index, to: position + index };
      if (record === undefined) {
        const line = lines[index]!;
        if (typeof line === "string") into.push(lostLine(line, position + index));
        else into.push({ kind: "unreadable", ...at, text: "the line is no record" });
        continue;
      }
      const place = this.#contexts.get(record.context);
      if (place === undefined) {
        const text = `points to the context ${record.context}, which is not there`;
        into.push({ kind: "missing context", ...at, text });
      } else {
        this.used[place] = 1;
      }
      const age = batch.written - record.time;
      if (age > LONGEST_MS || (age < -ROUNDING_MS && !clockWentBack)) {
        const text = `arrived at ${iso(record.time)}, as it says, but was written at ${iso(batch.written)}`;
        into.push({ kind: "backdated", ...at, text });
      }
    }
  }
}

function read(line: Buffer): Said | undefined {
  try {
    const value = JSON.parse(line.toString()) as Record<string, unknown>;
    const { time, context, clockBack } = value;
    if (!Number.isSafeInteger(time) || typeof context !== "string") return undefined;
    return { time: time as number, context, clockBack: clockBack === true };
  } catch {
    return undefined;
  }
}

/** A moment for people; numbers beyond what dates can be stand for themselves. */
function iso(time: number): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? String(time) : date.toISOString();
}
