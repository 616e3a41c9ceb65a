import { contextDigest, AuditContext, AuditRecord } from "@truc/contracts";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { linesOf, parsed } from "./json-lines.ts";
import { type RecordedRead, recordedRead, type UnreadableRead } from "./read.ts";
import { LATEST_MS, type RecordSource, type Stretch } from "./record-source.ts";

/** How far records are from the order of their arrival: what waited for a database that was down is late. */
const DISORDER_MS = 24 * 3_600_000;

interface Segment {
  readonly folder: string;
  readonly from: number;
}

/** Records of exported segments, read once from the first to the last. */
export class SegmentSource implements RecordSource {
  readonly isLive = false;
  readonly #segments: readonly Segment[];
  #waiting: RecordedRead[] = [];
  #stream: AsyncGenerator<Found> | undefined;
  #last: { stretch: Stretch; reads: readonly RecordedRead[] } | undefined;

  private constructor(segments: readonly Segment[]) {
    this.#segments = segments;
  }

  /** @param folders segments that verify; they need not follow each other @throws where one cannot be read */
  static async open(folders: readonly string[]): Promise<SegmentSource> {
    const segments = await Promise.all(
      folders.map(async (folder) => {
        const head = JSON.parse(await readFile(join(folder, "segment.json"), "utf8"));
        return { folder, from: Number((head as { from: unknown }).from) };
      }),
    );
    return new SegmentSource(segments.toSorted((one, other) => one.from - other.from));
  }

  async extent(): Promise<Stretch | undefined> {
    let from: number | undefined;
    let to: number | undefined;
    for (const { folder, from: position } of this.#segments) {
      for await (const line of linesOf(join(folder, "order.jsonl"))) {
        const written = Date.parse(
          (parsed(line) as { written?: string } | undefined)?.written ?? "",
        );
        if (Number.isNaN(written)) continue;
        from ??= written + (position === 0 ? -LATEST_MS : LATEST_MS);
        to = Math.max(to ?? written, written);
      }
    }
    return from === undefined || to === undefined ? undefined : { from, to: to + 1 };
  }

  async *reads(
    stretch: Stretch,
    onUnreadable: (what: UnreadableRead) => void,
  ): AsyncGenerator<RecordedRead> {
    if (this.#last?.stretch.from !== stretch.from) {
      await this.#readUpTo(stretch.to + DISORDER_MS, onUnreadable);
      const due = this.#waiting.filter(({ arrived }) => arrived < stretch.to);
      this.#waiting = this.#waiting.filter(({ arrived }) => arrived >= stretch.to);
      const reads = due.filter(({ arrived }) => arrived >= stretch.from);
      this.#last = { stretch, reads };
    }
    yield* this.#last.reads;
  }

  async #readUpTo(time: number, onUnreadable: (what: UnreadableRead) => void): Promise<void> {
    this.#stream ??= this.#all(onUnreadable);
    for (;;) {
      const { value, done } = await this.#stream.next();
      if (done === true) return;
      if (value.read !== undefined) this.#waiting.push(value.read);
      if (value.time >= time) return;
    }
  }

  async *#all(onUnreadable: (what: UnreadableRead) => void): AsyncGenerator<Found> {
    for (const { folder } of this.#segments) {
      const contexts = new Map<string, AuditContext>();
      for await (const line of linesOf(join(folder, "contexts.jsonl"))) {
        const { data } = AuditContext.safeParse(parsed(line));
        if (data !== undefined) contexts.set(contextDigest(line), data);
      }
      let number = 0;
      for await (const line of linesOf(join(folder, "records.jsonl"))) {
        number += 1;
        const { data: record } = AuditRecord.safeParse(parsed(line));
        if (record === undefined) {
          const where = `line ${number} of ${join(folder, "records.jsonl")}`;
          onUnreadable({ where, reason: "the line is no record" });
          continue;
        }
        yield { time: record.time, read: recordedRead(record, contexts.get(record.context)) };
      }
    }
  }
}

interface Found {
  time: number;
  read: RecordedRead | undefined;
}
