import {
  type AuditContext,
  type AuditRecord,
  chainOn,
  chainStart,
  leafHash,
} from "@truc/contracts";
import type { Entry } from "./entry.ts";
import type { Gap, NewBatch, RouterState } from "./new-batches.ts";
import { readRecord, splitLines } from "./read-record.ts";

/**
 * What is not as a router should have written it:
 * - `chain`: the chain after the batch is not what its records make of the chain before;
 * - `count`: the batch has more or fewer lines than it says;
 * - `line`: lines that are no records;
 * - `context`: records that point to a context that is not there;
 * - `gap`: records that are not there, though later ones are;
 * - `late`: records of a gap that turned up;
 * - `overlap`: a batch under numbers that others have already, and which is therefore not in the log.
 */
export type BreakReason = "chain" | "count" | "line" | "context" | "gap" | "late" | "overlap";

export interface Break {
  readonly router: string;
  /** The first record concerned, and how many. */
  readonly sequence: number;
  readonly count: number;
  /** Of that record, or where it should have been; null where nothing came into the log. */
  readonly position: number | null;
  readonly reason: BreakReason;
  /** Of a gap: the router's chain before it. */
  readonly chain?: Buffer | null;
}

/** Records of a router that stand next to each other in the log: whole batches of one month. */
export interface Span {
  readonly position: number;
  readonly router: string;
  readonly first: number;
  /** Of records. */
  count: number;
  readonly month: string;
  batches: number;
  /** Whether its batches have as many lines as they say. */
  readonly whole: boolean;
}

/** A batch taken apart. */
export interface ReadBatch extends NewBatch {
  readonly entries: readonly {
    readonly line: Buffer;
    readonly leaf: Buffer;
    readonly record: AuditRecord | undefined;
  }[];
}

/** Batches of one router in order, and where they go on; `gap` where they turned up in one. */
export interface Run {
  readonly router: string;
  readonly state: RouterState | undefined;
  readonly gap: Gap | undefined;
  readonly batches: readonly ReadBatch[];
}

/** What comes into the log, in order, and what is to be kept about it. */
export interface Arrangement {
  readonly entries: Entry[];
  readonly spans: Span[];
  readonly breaks: Break[];
  /** How far routers are then; unchanged ones left out. */
  readonly states: Map<string, RouterState>;
  /** Marks of gaps that are filled, or replaced by marks of what is still missing. */
  readonly filled: number[];
}

export function readBatch(batch: NewBatch): ReadBatch {
  return {
    ...batch,
    entries: splitLines(batch.lines).map((line) => ({
      line,
      leaf: leafHash(line),
      record: readRecord(line),
    })),
  };
}

/**
 * Arranges runs one after the other, so that a router's records stand together and make one span a month, however routers
 * took turns when they wrote.
 * @param size of the log before them
 */
export function arrange(
  runs: readonly Run[],
  size: number,
  contexts: ReadonlyMap<string, AuditContext>,
): Arrangement {
  const arrangement: Arrangement = {
    entries: [],
    spans: [],
    breaks: [],
    states: new Map(),
    filled: [],
  };
  for (const run of runs) arrangeRun(run, size, contexts, arrangement);
  return arrangement;
}

function arrangeRun(
  { router, state, gap, batches }: Run,
  size: number,
  contexts: ReadonlyMap<string, AuditContext>,
  into: Arrangement,
): void {
  let next = gap?.next ?? state?.next ?? 1;
  let chain = gap === undefined ? (state?.chain ?? chainStart(router)) : gap.chain;
  const mark = (reason: BreakReason, sequence: number, count: number, more?: object): void => {
    const position = size + into.entries.length;
    into.breaks.push({ router, sequence, count, position, reason, ...more });
  };
  for (const batch of batches) {
    if (batch.first < next) {
      mark("overlap", batch.first, batch.count, { position: null });
      continue;
    }
    if (batch.first > next) {
      mark("gap", next, batch.first - next, { chain });
      chain = null;
    }
    if (gap !== undefined) mark("late", batch.first, batch.count);
    if (batch.entries.length !== batch.count) mark("count", batch.first, batch.count);
    if (chain !== null && !chainAfter(chain, batch).equals(batch.chain))
      mark("chain", batch.first, batch.count);
    arrangeBatch(batch, size, contexts, into);
    next = batch.first + batch.count;
    chain = batch.chain;
  }
  if (gap === undefined) {
    if (chain !== null && next !== (state?.next ?? 1)) into.states.set(router, { next, chain });
    return;
  }
  if (next === gap.next) return;
  into.filled.push(gap.id);
  if (next <= gap.end) mark("gap", next, gap.end + 1 - next, { chain });
}

function chainAfter(chain: Buffer, { entries }: ReadBatch): Buffer {
  return entries.reduce((before, { leaf }) => chainOn(before, leaf), chain);
}

function arrangeBatch(
  batch: ReadBatch,
  size: number,
  contexts: ReadonlyMap<string, AuditContext>,
  into: Arrangement,
): void {
  const { router, first, written } = batch;
  const position = size + into.entries.length;
  addToSpans(batch, position, into.spans);
  const without = { line: [] as number[], context: [] as number[] };
  for (const [i, { line, leaf, record }] of batch.entries.entries()) {
    const context = record && contexts.get(record.context);
    if (record === undefined) without.line.push(i);
    else if (context === undefined) without.context.push(i);
    const place = { position: position + i, router, sequence: first + i, written };
    into.entries.push({ ...place, line, leaf, record, context });
  }
  for (const reason of ["line", "context"] as const) {
    const [i] = without[reason];
    if (i === undefined) continue;
    const count = without[reason].length;
    into.breaks.push({ router, sequence: first + i, count, position: position + i, reason });
  }
}

function addToSpans(batch: ReadBatch, position: number, spans: Span[]): void {
  const { router, first, month, entries } = batch;
  const count = entries.length;
  if (count === 0) return;
  const whole = count === batch.count;
  const last = spans.at(-1);
  // A batch of a wrong length has a span of its own, so that those beside it can be found by their numbers.
  if (
    whole &&
    last?.whole === true &&
    last.router === router &&
    last.month === month &&
    last.first + last.count === first
  ) {
    last.count += count;
    last.batches++;
  } else spans.push({ position, router, first, count, month, batches: 1, whole });
}
