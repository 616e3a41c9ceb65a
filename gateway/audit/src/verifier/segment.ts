import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { CheckpointReader, type CheckpointLine } from "./checkpoint-reader.ts";
import { contextDigests, nameUnusedContexts } from "./contexts.ts";
import { Examiner } from "./examine.ts";
import { type Finding, Findings } from "./finding.ts";
import { isSame } from "./proofs.ts";
import { OrderReader } from "./order-reader.ts";
import { RootBook } from "./root-book.ts";
import {
  NoSegment,
  readSegmentHead,
  type RouterState,
  SEGMENT_FILES,
  type SegmentHead,
} from "./segment-head.ts";
import { readSpareLeaves } from "./spare-leaves.ts";
import { type Pass, sweep } from "./sweep.ts";
import { Threads } from "./threads.ts";
import type { CompactRange } from "./tree.ts";
import { Walk } from "./walk.ts";

/** How a segment is verified. */
export interface SegmentOptions {
  /** Note verifier keys; a checkpoint signed with one of them is believed. */
  readonly keys: readonly string[];
  /** 0: none but this one. By default two where the segment is worth it. */
  readonly threads?: number;
  /** Notes of checkpoints from elsewhere: those whose sizes lie in the segment are held against it. */
  readonly checkpoints?: readonly CheckpointLine[];
}

/** What is known of a segment after it was verified. */
export interface SegmentReport {
  readonly folder: string;
  readonly origin: string;
  readonly from: number;
  readonly to: number;
  /** How many checkpoints are signed and have the root that the records make. */
  readonly checkpoints: number;
  readonly findings: readonly Finding[];
  /** Findings beyond those that are told. */
  readonly more: number;
  /** How log and routers stand behind the segment; undefined where that could not be found out. */
  readonly end: { tree: CompactRange; routers: ReadonlyMap<string, RouterState> } | undefined;
}

/** Below so many bytes of records no thread is started. */
const WORTH_THREADS = 8 * 1024 * 1024;

/**
 * Verifies an exported segment with nothing but its files and the key.
 * @throws NoSegment when its files are not there or its head cannot be read; Error when a key is none
 */
export async function verifySegment(
  folder: string,
  options: SegmentOptions,
): Promise<SegmentReport> {
  const head = readSegmentHead(folder);
  const size = sizeOfRecords(folder);
  const threads = options.threads ?? (size < WORTH_THREADS ? 0 : 2);
  return (
    (await verify(folder, head, { ...options, threads })) ??
    (await verify(folder, head, { ...options, threads: undefined }))!
  );
}

/** @param options.threads undefined: carefully @returns undefined where it has to be gone over carefully */
async function verify(
  folder: string,
  head: SegmentHead,
  {
    keys,
    threads,
    checkpoints = [],
  }: Omit<SegmentOptions, "threads"> & { threads: number | undefined },
): Promise<SegmentReport | undefined> {
  const findings = new Findings();
  const digests = contextDigests(folder, findings);
  const examinerOptions = { contexts: digests, keys, origin: head.origin };
  const examiner = new Examiner(examinerOptions);
  const own = new CheckpointReader(folder, findings);
  const times = new CheckpointReader(folder);
  const order = new OrderReader(folder, head, { findings, checkpoints: times });
  const roots = new RootBook(head.from, findings);
  const checkpointsUpTo = merged(own, head, checkpoints);
  const pass: Pass = {
    folder,
    order,
    roots,
    findings,
    checkpointsUpTo,
    tree: head.left.copy(),
    to: head.to,
    spare: readSpareLeaves(folder, findings),
  };
  const pool = threads === undefined ? undefined : new Threads(threads, examinerOptions);
  try {
    holdLeftEdge(pass, examiner);
    if (pool === undefined) new Walk(pass, examiner).run();
    else if (!(await sweep(pass, pool))) return undefined;
    const end = pass.tree.end;
    if (nameCheckpointsBeyond(pass, examiner)) roots.lose();
    const mayBeForeign = findings.found.some(({ kind }) => kind === "foreign signature");
    roots.close(order.end, mayBeForeign);
    nameUnusedContexts(digests, (await pool?.usedContexts()) ?? examiner.check.used, findings);
    const { origin, from, to } = head;
    return {
      folder,
      origin,
      from,
      to,
      checkpoints: roots.good,
      findings: findings.found,
      more: findings.more,
      end: end === order.end ? { tree: pass.tree, routers: order.book.states() } : undefined,
    };
  } finally {
    for (const each of [own, times, order]) each.close();
    await pool?.stop();
  }
}

/** What was signed of the log as it stood where the segment begins. */
function holdLeftEdge({ checkpointsUpTo, tree, findings }: Pass, examiner: Examiner): void {
  const said: Finding[] = [];
  const at = tree.end;
  const signed = checkpointsUpTo(at)
    .flatMap((line) => examiner.open(line, said) ?? [])
    .filter(({ size }) => size === at);
  const same = signed.filter(({ root }) => isSame(root, tree.root()));
  if (same.length < signed.length) {
    const isForked = same.length > 0;
    const text = isForked
      ? `two trees of size ${at} were signed with the key`
      : `${SEGMENT_FILES.head} has another tree before the segment than was signed`;
    said.push({ kind: isForked ? "forked" : "changed", from: at, to: at, text });
  }
  findings.addAll(said);
}

/** Checkpoints of more records than there are. @returns whether there is one */
function nameCheckpointsBeyond(pass: Pass, examiner: Examiner): boolean {
  const said: Finding[] = [];
  const end = pass.order.end;
  for (const line of pass.checkpointsUpTo(Number.MAX_SAFE_INTEGER)) {
    const checkpoint = examiner.open(line, said);
    if (checkpoint === undefined || checkpoint.size <= end) continue;
    const text = `a checkpoint of size ${checkpoint.size} was signed, but there are no records from here on`;
    said.push({ kind: "removed", from: end, to: checkpoint.size - 1, text });
  }
  pass.findings.addAll(said);
  return said.some(({ kind }) => kind === "removed");
}

/** The segment's own checkpoints and those from elsewhere, by size. */
function merged(
  own: CheckpointReader,
  { from, to }: SegmentHead,
  others: readonly CheckpointLine[],
): (size: number) => CheckpointLine[] {
  let waiting = others
    .filter(({ size }) => size >= from && size <= to)
    .toSorted((one, other) => one.size - other.size);
  return (size) => {
    const due = waiting.filter((each) => each.size <= size);
    waiting = waiting.slice(due.length);
    const taken = own.takeUpTo(size);
    if (due.length === 0) return taken;
    return [...taken, ...due].toSorted((one, other) => one.size - other.size);
  };
}

function sizeOfRecords(folder: string): number {
  const { leaves: _, ...needed } = SEGMENT_FILES;
  for (const name of Object.values(needed))
    if (!existsSync(join(folder, name))) throw new NoSegment(`${name} is missing`);
  return statSync(join(folder, SEGMENT_FILES.records)).size;
}
