import { join } from "node:path";
import { type Batch, parseBatch } from "./batch.ts";
import type { CheckpointReader } from "./checkpoint-reader.ts";
import type { Findings } from "./finding.ts";
import { LineReader } from "./line-reader.ts";
import { type BatchPlace, RouterBook } from "./router-book.ts";
import { SEGMENT_FILES, type SegmentHead } from "./segment-head.ts";

/** A batch with what is known of it before its records are looked at. */
export interface PlacedBatch extends Batch, BatchPlace {
  /** How many positions before it belong to no batch that can be read. */
  readonly gap: number;
}

/** How far a router's clock may be behind the log's. */
const BACKDATED_MS = 5 * 60_000;

/** Reads order.jsonl batch by batch, and holds it against itself and against the checkpoints before each. */
export class OrderReader {
  readonly book: RouterBook;
  readonly #lines: LineReader;
  readonly #findings: Findings;
  readonly #checkpoints: CheckpointReader;
  readonly #to: number;
  #line = 0;
  #next: number;

  /** @param checkpoints of the segment; only times are taken from it */
  constructor(
    folder: string,
    head: SegmentHead,
    { findings, checkpoints }: { findings: Findings; checkpoints: CheckpointReader },
  ) {
    this.#lines = new LineReader(join(folder, SEGMENT_FILES.order));
    this.#findings = findings;
    this.#checkpoints = checkpoints;
    this.book = new RouterBook(head.routers, findings);
    this.#next = head.from;
    this.#to = head.to;
  }

  /** The position after the last batch. */
  get end(): number {
    return this.#next;
  }

  next(): PlacedBatch | undefined {
    for (;;) {
      const line = this.#lines.next();
      if (line === undefined) {
        this.#end();
        return undefined;
      }
      this.#line += 1;
      const batch = parseBatch(line.toString());
      if (batch !== undefined) return this.#placed(batch);
      this.#report("unreadable", `line ${this.#line} of ${SEGMENT_FILES.order} is no batch`);
    }
  }

  close(): void {
    this.#lines.close();
  }

  #placed(said: Batch): PlacedBatch {
    const gap = said.position - this.#next;
    const range = { from: this.#next, to: said.position - 1 };
    if (gap > 0) {
      const text = `no batch in ${SEGMENT_FILES.order} has them`;
      this.#findings.add({ kind: "removed", ...range, text });
    }
    // A place that another batch has already is not believed: it comes where it stands.
    const batch = gap < 0 ? { ...said, position: this.#next } : said;
    if (gap < 0) {
      const { position, count } = batch;
      const text = `a batch stands here that says it begins at ${said.position}`;
      const at = { from: position, to: position + count - 1 };
      this.#findings.add({ kind: "inserted", ...at, text });
    }
    this.#next = batch.position + batch.count;
    const place = this.book.place(batch);
    this.#holdAgainstCheckpoint(batch);
    return { ...batch, ...place, gap: Math.max(0, gap) };
  }

  #holdAgainstCheckpoint({ position, count, written }: Batch): void {
    const newest = this.#checkpoints.newestTimeUpTo(position);
    if (newest === undefined || written >= newest - BACKDATED_MS) return;
    const [at, after] = [written, newest].map((time) => new Date(time).toISOString());
    this.#findings.add({
      kind: "backdated",
      from: position,
      to: position + count - 1,
      text: `written at ${at}, as it says, but it is in the log after a checkpoint of ${after}`,
    });
  }

  #end(): void {
    if (this.#lines.isTorn) this.#report("torn", `${SEGMENT_FILES.order} ends within a line`);
    this.#lines.isTorn = false;
    this.book.close();
    const range = (from: number, to: number) => ({ from, to: to - 1 });
    if (this.#next < this.#to) {
      const text = `${SEGMENT_FILES.order} ends before them`;
      this.#findings.add({ kind: "removed", ...range(this.#next, this.#to), text });
    } else if (this.#next > this.#to) {
      const text = "they stand behind the segment's end";
      this.#findings.add({ kind: "inserted", ...range(this.#to, this.#next), text });
    }
  }

  #report(kind: "unreadable" | "torn", text: string): void {
    this.#findings.add({ kind, from: this.#next, to: this.#next, text });
  }
}
