import { join } from "node:path";
import type { Examiner } from "./examine.ts";
import type { Finding, FindingKind } from "./finding.ts";
import { LineReader } from "./line-reader.ts";
import type { PlacedBatch } from "./order-reader.ts";
import { Realignment, swapped } from "./realign.ts";
import { lostLine } from "./record-check.ts";
import { type Leaf, RecordWindow } from "./record-window.ts";
import { SEGMENT_FILES } from "./segment-head.ts";
import type { Pass } from "./sweep.ts";

/** How many batches are looked at to find where one ends. */
const LOOKAHEAD = 3;

/**
 * Goes over a segment batch by batch and says what happened to those whose chain does not lead over the records that
 * stand in their place; goes on behind them.
 */
export class Walk {
  readonly #pass: Pass;
  readonly #examiner: Examiner;
  readonly #records: LineReader;
  readonly #window: RecordWindow;
  readonly #realignment: Realignment;
  readonly #ahead: PlacedBatch[] = [];
  #isLost = false;

  constructor(pass: Pass, examiner: Examiner) {
    this.#pass = pass;
    this.#examiner = examiner;
    this.#records = new LineReader(join(pass.folder, SEGMENT_FILES.records));
    const { tree, spare } = pass;
    this.#window = new RecordWindow(this.#records, { from: tree.end, spare });
    this.#realignment = new Realignment(this.#window);
  }

  run(): void {
    try {
      for (let batch = this.#next(); batch !== undefined; batch = this.#next()) this.#walk(batch);
      const end = Math.max(this.#pass.order.end, this.#pass.to);
      this.#appendUnplaced(this.#window.take(0, end - this.#pass.order.end));
      const rest = this.#rest();
      if (rest > 0) {
        const at = end;
        const text = "no batch has them, they stand behind the last one";
        this.#report("inserted", at, rest, text);
      }
      if (this.#window.isTorn) {
        const text = `${SEGMENT_FILES.records} ends within a line`;
        this.#pass.findings.add({ kind: "torn", text });
      }
    } finally {
      this.#records.close();
    }
  }

  #walk(batch: PlacedBatch): void {
    if (batch.gap > 0 && this.#gapIsThere(batch))
      this.#appendUnplaced(this.#window.take(0, batch.gap));
    if (this.#fits(batch)) return this.#accept(batch, this.#window.take(0, batch.count));
    const [next] = this.#ahead;
    const isInPlace = next !== undefined && this.#realignment.fits(next, batch.count) === true;
    const start = isInPlace ? undefined : this.#realignment.startOf(batch);
    if (start !== undefined) return this.#displaced(batch, start);
    const length = isInPlace ? batch.count : this.#realignment.lengthOf(batch, this.#ahead);
    const leaves = this.#window.take(0, length);
    if (leaves.length === batch.count) this.#altered(batch, leaves);
    else if (leaves.length < batch.count) this.#shortened(batch, leaves);
    else this.#lengthened(batch, leaves);
  }

  /** A batch whose chain cannot tell is believed when the next one stands behind it, or when there is none. */
  #fits(batch: PlacedBatch): boolean {
    const fits = this.#realignment.fits(batch, 0);
    if (fits !== undefined) return fits;
    if (this.#window.at(0, batch.count).length < batch.count) return false;
    const [next] = this.#ahead;
    return next === undefined || this.#realignment.fits(next, batch.count) !== false;
  }

  #accept(batch: PlacedBatch, leaves: readonly Leaf[]): void {
    this.#append(batch.position, leaves);
    this.#check(batch, leaves);
  }

  /** Its records are there, with others before them. */
  #displaced(batch: PlacedBatch, start: number): void {
    const [next] = this.#ahead;
    if (next?.count === start && this.#realignment.fits(next, 0) === true) {
      const text = "these records and those of the batch after them have changed places";
      this.#report("reordered", batch.position, batch.count + next.count, text);
      return this.#accept(batch, this.#window.take(start, batch.count));
    }
    this.#window.take(0, start);
    const text = `${counted(start)} before this that no batch has`;
    this.#report("inserted", batch.position, 1, text);
    this.#accept(batch, this.#window.take(0, batch.count));
  }

  /** As many lines as it should have, but not its own. */
  #altered(batch: PlacedBatch, leaves: readonly Leaf[]): void {
    const swap = this.#realignment.swapOf(batch, leaves);
    if (swap === undefined) {
      const text = "their router's chain does not lead over the records that stand here";
      this.#report("changed", batch.position, batch.count, text);
      return this.#accept(batch, leaves);
    }
    const [one, other] = swap;
    const [from, to] = [batch.position + one, batch.position + other];
    const text = `records ${from} and ${to} have changed places`;
    this.#report("reordered", from, other - one + 1, text);
    this.#accept(batch, swapped(leaves, one, other));
  }

  #shortened(batch: PlacedBatch, leaves: readonly Leaf[]): void {
    const text = `${batch.count - leaves.length} of the ${batch.count} that were written here are missing; roots are not compared from here on`;
    this.#report("removed", batch.position, batch.count, text);
    this.#lose();
    this.#check(batch, leaves);
  }

  #lengthened(batch: PlacedBatch, leaves: readonly Leaf[]): void {
    const surplus = leaves.length - batch.count;
    const index = this.#realignment.surplusOf(batch, leaves);
    if (index !== undefined) {
      const text = `${counted(surplus)} here that the batch does not have`;
      this.#report("inserted", batch.position + index, 1, text);
      return this.#accept(batch, leaves.toSpliced(index, surplus));
    }
    const text = `${counted(surplus)} among these that the batch does not have; roots are not compared from here on`;
    this.#report("inserted", batch.position, batch.count, text);
    this.#lose();
    this.#check(batch, leaves.slice(0, batch.count));
  }

  /** Whether the records that no batch has are there all the same: then only their batch's line is missing. */
  #gapIsThere(batch: PlacedBatch): boolean {
    const { gap, count } = batch;
    const fits = this.#realignment.fits(batch, gap);
    if (fits !== undefined) return fits;
    const [next] = this.#ahead;
    const nextFits = next && this.#realignment.fits(next, gap + count);
    return nextFits ?? this.#window.at(gap, count).length === count;
  }

  /** Records that no batch has, in their place. */
  #appendUnplaced(leaves: readonly Leaf[]): void {
    const position = this.#pass.tree.end;
    this.#append(position, leaves);
    for (const [index, { line }] of leaves.entries())
      if (typeof line === "string") this.#pass.findings.add(lostLine(line, position + index));
  }

  #append(position: number, leaves: readonly Leaf[]): void {
    const { tree, roots } = this.#pass;
    if (tree.end !== position) this.#lose();
    if (this.#isLost) return;
    for (const { hash } of leaves) {
      tree.appendLeaf(hash);
      const said: Finding[] = [];
      for (const line of this.#pass.checkpointsUpTo(tree.end)) {
        const checkpoint = this.#examiner.open(line, said);
        if (checkpoint !== undefined) roots.hold(tree.end, checkpoint.root, tree.root());
      }
      this.#pass.findings.addAll(said);
    }
  }

  #check(batch: PlacedBatch, leaves: readonly Leaf[]): void {
    const said: Finding[] = [];
    const lines = leaves.map(({ line }) => line);
    this.#examiner.check.checkBatch(lines, batch.position, batch, said);
    this.#pass.findings.addAll(said);
  }

  #lose(): void {
    this.#isLost = true;
    this.#pass.roots.lose();
  }

  #next(): PlacedBatch | undefined {
    while (this.#ahead.length <= LOOKAHEAD) {
      const batch = this.#pass.order.next();
      if (batch === undefined) break;
      this.#ahead.push(batch);
    }
    return this.#ahead.shift();
  }

  #rest(): number {
    let count = 0;
    while (this.#window.take(0, 1).length > 0) count += 1;
    return count;
  }

  #report(kind: FindingKind, position: number, count: number, text: string): void {
    this.#pass.findings.add({ kind, from: position, to: position + Math.max(1, count) - 1, text });
  }
}

function counted(count: number): string {
  return count === 1 ? "a record stands" : `${count} records stand`;
}
