import { NoteFault, openCheckpoint, parseNoteKey, readCheckpoint } from "./checkpoint.ts";
import { CheckpointReader, type CheckpointLine } from "./checkpoint-reader.ts";
import { type Finding, Findings } from "./finding.ts";
import { isConsistent, isSame } from "./proofs.ts";
import { type SegmentOptions, type SegmentReport, verifySegment } from "./segment.ts";
import { NoSegment, readSegmentHead, type SegmentHead } from "./segment-head.ts";

/** A consistency proof: that the tree of `to` records begins with that of `from`. Hashes in base64. */
export interface ConsistencyProof {
  readonly from: number;
  readonly to: number;
  readonly proof: readonly string[];
}

/** What a log is verified with beside its segments. */
export interface LogOptions {
  readonly keys: readonly string[];
  readonly threads?: number;
  /** Notes of checkpoints that were kept elsewhere: the log must have grown out of them. */
  readonly checkpoints?: readonly string[];
  /** What ties checkpoints to segments that do not reach them. */
  readonly proofs?: readonly ConsistencyProof[];
}

/** What came of it. */
export interface LogReport {
  /** In the log's order. */
  readonly segments: readonly SegmentReport[];
  /** All there are, of segments and between them. */
  readonly findings: readonly Finding[];
  readonly more: number;
  /** What was given and could not be used, for people. */
  readonly warnings: readonly string[];
}

interface Opened {
  folder: string;
  head: SegmentHead;
  last: CheckpointLine | undefined;
}

interface Known {
  size: number;
  root: Uint8Array;
}

/** Verifies segments as the one log they are of, and against checkpoints that were kept elsewhere. */
export async function verifyLog(
  folders: readonly string[],
  options: LogOptions,
): Promise<LogReport> {
  const findings = new Findings();
  const warnings: string[] = [];
  const opened = open(folders, options, findings);
  const kept = keptCheckpoints(options, findings);
  const segments: SegmentReport[] = [];
  for (const one of opened) {
    const others = opened.filter((other) => other !== one).flatMap(({ last }) => last ?? []);
    const checkpoints = [...kept, ...others];
    const report = await tried(one, { ...options, checkpoints }, findings);
    if (report === undefined) continue;
    segments.push(report);
    findings.addAll(report.findings.map((each) => ({ ...each, where: one.folder })));
  }
  for (const [index, report] of segments.entries())
    if (index > 0) join(segments.slice(0, index), report, findings);
  const known = [...rootsOf(opened, segments), ...kept.map(rootOf)];
  holdProofs(options.proofs ?? [], known, { findings, warnings });
  for (const { size } of kept) {
    const isHeld =
      opened.some(({ head }) => head.from <= size && size <= head.to) ||
      options.proofs?.some(({ from, to }) => from === size || to === size) === true;
    if (!isHeld)
      warnings.push(
        `the checkpoint of size ${size} lies in none of the segments: a consistency proof would tie it to them`,
      );
  }
  const more = segments.reduce((sum, each) => sum + each.more, findings.more);
  return { segments, findings: findings.found, more, warnings };
}

function open(folders: readonly string[], { keys }: LogOptions, findings: Findings): Opened[] {
  const noteKeys = keys.map(parseNoteKey);
  const opened = folders.flatMap((folder): Opened[] => {
    try {
      const head = readSegmentHead(folder);
      const lines = new CheckpointReader(folder);
      const last = lines.takeUpTo(Number.MAX_SAFE_INTEGER).at(-1);
      lines.close();
      // One that nobody believes says nothing about another segment.
      const isSigned = last !== undefined && isOpen(() => openCheckpoint(last.note, noteKeys));
      return [{ folder, head, last: isSigned ? last : undefined }];
    } catch (error) {
      findings.add({ kind: "unreadable", text: messageOf(error), where: folder });
      return [];
    }
  });
  return opened.toSorted(
    (one, other) => one.head.from - other.head.from || one.head.to - other.head.to,
  );
}

function isOpen(opens: () => unknown): boolean {
  try {
    opens();
    return true;
  } catch {
    return false;
  }
}

function keptCheckpoints(
  { checkpoints = [], keys }: LogOptions,
  findings: Findings,
): CheckpointLine[] {
  const noteKeys = keys.map(parseNoteKey);
  return checkpoints.flatMap((note) => {
    try {
      return [{ size: openCheckpoint(note, noteKeys).size, note }];
    } catch (error) {
      if (!(error instanceof NoteFault)) throw error;
      findings.add({ kind: error.kind, text: `a checkpoint that was given ${error.message}` });
      return [];
    }
  });
}

async function tried(
  { folder }: Opened,
  options: SegmentOptions,
  findings: Findings,
): Promise<SegmentReport | undefined> {
  try {
    return await verifySegment(folder, options);
  } catch (error) {
    if (!(error instanceof NoSegment)) throw error;
    findings.add({ kind: "unreadable", text: error.message, where: folder });
    return undefined;
  }
}

/** Holds a segment's beginning against the ends of those before it. */
function join(before: readonly SegmentReport[], report: SegmentReport, findings: Findings): void {
  const reached = Math.max(...before.map(({ to }) => to));
  const { folder: where, from, origin } = report;
  if (from > reached) {
    const text = "no segment that was given has them";
    findings.add({ kind: "removed", from: reached, to: from - 1, text, where });
  }
  if (before.some((each) => each.origin !== origin)) {
    const text = `the segment is of another log, "${origin}"`;
    findings.add({ kind: "foreign signature", text, where });
  }
  const previous = before.findLast(({ to }) => to === from);
  if (previous?.end === undefined) return;
  const head = readSegmentHead(where);
  if (!isSame(previous.end.tree.root(), head.left.root())) {
    const isSigned = [previous, report].every(({ findings: own }) =>
      own.every(({ kind }) => kind === "forked"),
    );
    const text = `the tree before the segment is not the one that ${previous.folder} ends with`;
    findings.add({ kind: isSigned ? "forked" : "changed", from, to: from, text, where });
  }
  for (const [id, { next, chain }] of head.routers) {
    const ended = previous.end.routers.get(id);
    if (ended === undefined || (ended.next === next && isSame(ended.chain, chain))) continue;
    const text = `router ${id} does not begin where it ends in ${previous.folder}`;
    findings.add({ kind: "changed", from, to: from, text, where });
  }
}

function rootsOf(opened: readonly Opened[], reports: readonly SegmentReport[]): Known[] {
  const ends = reports.flatMap(({ end }) =>
    end === undefined ? [] : [{ size: end.tree.end, root: end.tree.root() }],
  );
  const begins = opened.map(({ head }) => ({ size: head.from, root: head.left.root() }));
  return [...begins, ...ends];
}

function rootOf({ note }: CheckpointLine): Known {
  return readCheckpoint(note);
}

function holdProofs(
  proofs: readonly ConsistencyProof[],
  known: readonly Known[],
  { findings, warnings }: { findings: Findings; warnings: string[] },
): void {
  for (const { from, to, proof } of proofs) {
    const earlier = known.filter(({ size }) => size === from);
    const later = known.filter(({ size }) => size === to);
    if (earlier.length === 0 || later.length === 0) {
      const missing = earlier.length === 0 ? from : to;
      warnings.push(
        `the consistency proof from ${from} to ${to} is of no use: no tree of size ${missing} is known`,
      );
      continue;
    }
    const hashes = proof.map((each) => Buffer.from(each, "base64"));
    const holds = earlier.every((one) => later.every((other) => isConsistent(one, other, hashes)));
    if (holds) continue;
    const text = `the tree of size ${to} is not proven to have grown out of the one of size ${from}`;
    findings.add({ kind: "forked", from, to: Math.max(from, to - 1), text });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
