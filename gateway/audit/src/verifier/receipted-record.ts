import { hash } from "node:crypto";
import { join } from "node:path";
import { parseBatch } from "./batch.ts";
import { LineReader } from "./line-reader.ts";
import { isSame } from "./proofs.ts";
import type { PartRemark, ReceiptFile } from "./receipt.ts";
import {
  Fault,
  lowerCased,
  readReceiptHeader,
  RECEIPT_HEADER,
  type ReceiptHeader,
} from "./receipt-header.ts";
import { printable, type ReceiptedContext, readContext } from "./receipted-context.ts";
import { NoSegment, readSegmentHead, SEGMENT_FILES } from "./segment-head.ts";
import { hashLeaf } from "./tree.ts";

/** What the log has of the exchange that a receipt is of. */
export interface ReceiptedRecord {
  /** The segment it stands in. */
  readonly folder: string;
  readonly position: number;
  /** When the request arrived, milliseconds since the epoch. */
  readonly time: number;
  readonly outcome: string;
  /** The officer who acted, and her case, where they were named. */
  readonly actor?: string;
  readonly case?: string;
  /** Who asked for which fields, and why; undefined where the segment lacks it. */
  readonly context: ReceiptedContext | undefined;
}

/** What came of looking for a receipt's record. */
export interface ReceiptedRecordReport {
  readonly record: ReceiptedRecord | undefined;
  /** What does not fit. */
  readonly findings: readonly PartRemark[];
  /** What nobody can say. */
  readonly unsaid: readonly PartRemark[];
}

/** A line, and how it was found. */
interface Found {
  readonly folder: string;
  readonly position: number;
  readonly line: Buffer;
  readonly hasLeaf: boolean;
  /** Whether it stands where the order has the router's record of that number. */
  readonly isInPlace: boolean;
}

/** Cut to so many bytes; as base64url 22 characters. */
const COMMITMENT_BYTES = 16;

/**
 * Looks for the record that a receipt names, and holds it against the exchange: by its leaf hash or, where no record has
 * it, by router and number. Reads the segments only: whether they are the log's is for verifyLog to say.
 * @param folders of segments; what is none is passed over
 */
export function receiptedRecord(
  file: ReceiptFile,
  folders: readonly string[],
): ReceiptedRecordReport {
  const findings: PartRemark[] = [];
  const unsaid: PartRemark[] = [];
  const finds = (text: string): void => void findings.push({ part: "record", text });
  const leaves = (text: string): void => void unsaid.push({ part: "record", text });
  const nothing = { record: undefined, findings, unsaid };
  let receipt: ReceiptHeader;
  try {
    receipt = readReceiptHeader(lowerCased(file.answer.headers)[RECEIPT_HEADER]);
  } catch (error) {
    // Whoever verifies the receipt itself says so.
    if (error instanceof Fault) return nothing;
    throw error;
  }
  const found = findIn(folders, receipt);
  if (found === undefined) {
    leaves("it is in none of these segments");
    return nothing;
  }
  const { folder, position, line } = found;
  const at = `the record at position ${position}`;
  if (line.length === 0) {
    leaves(`of ${at} nothing but its place is known`);
    return nothing;
  }
  const named = `record ${receipt.sequence} of router ${receipt.router}`;
  if (!found.hasLeaf) {
    finds(`${named} stands at position ${position}, and is another one`);
    return nothing;
  }
  if (!found.isInPlace) finds(`${at} is not ${named}`);
  const proven = file.inclusion?.position;
  if (proven !== undefined && proven !== position)
    finds(`the record stands at position ${position}, and the inclusion proof says ${proven}`);
  const said = readRecord(line);
  if (said === undefined) {
    finds(`the line at position ${position} is no record`);
    return nothing;
  }
  if (said.id !== receipt.id) finds(`${at} is of the request ${JSON.stringify(said.id)}`);
  if (said.receipt === undefined) finds(`${at} knows of no receipt`);
  else if (said.receipt !== commitmentOf(file, receipt))
    finds(`what ${at} holds of its receipt is of another question or answer`);
  const context = readContext(folder, said.context);
  if (context === undefined) leaves(`the context of ${at} is not in the segment`);
  const { time, outcome, actor, case: dossier } = said;
  const record = {
    folder,
    position,
    time,
    outcome,
    ...(actor !== undefined && { actor }),
    ...(dossier !== undefined && { case: dossier }),
    context,
  };
  return { record, findings, unsaid };
}

/** SHA-256 of nonce, request digest and answer digest, cut: with the answer that is in the file. */
function commitmentOf({ answer }: ReceiptFile, { nonce, request }: ReceiptHeader): string {
  const answered = hash("sha256", Buffer.from(answer.body), "buffer");
  const all = hash("sha256", Buffer.concat([nonce, request, answered]), "buffer");
  return all.subarray(0, COMMITMENT_BYTES).toString("base64url");
}

/** The record with the receipt's leaf; without one, what stands in its place. */
function findIn(folders: readonly string[], receipt: ReceiptHeader): Found | undefined {
  let instead: Found | undefined;
  for (const folder of folders) {
    try {
      const found = findInSegment(folder, receipt);
      if (found?.hasLeaf) return found;
      instead ??= found;
    } catch (error) {
      // What is no segment, or lacks a file, is named where segments are verified.
      const isMissing = (error as { code?: unknown }).code === "ENOENT";
      if (!(error instanceof NoSegment) && !isMissing) throw error;
    }
  }
  return instead;
}

function findInSegment(folder: string, receipt: ReceiptHeader): Found | undefined {
  const { from } = readSegmentHead(folder);
  const place = placeIn(folder, receipt);
  let instead: Found | undefined;
  let position = from;
  for (const line of linesOf(folder, SEGMENT_FILES.records)) {
    const isInPlace = position === place;
    const hasLeaf = isSame(hashLeaf(line), receipt.leaf);
    const found = { folder, position, hasLeaf, isInPlace };
    if (hasLeaf) return { ...found, line: Buffer.from(line) };
    if (isInPlace) instead = { ...found, line: Buffer.from(line) };
    position += 1;
  }
  return instead;
}

/** The position at which the order has the record. */
function placeIn(folder: string, { router, sequence }: ReceiptHeader): number | undefined {
  for (const line of linesOf(folder, SEGMENT_FILES.order)) {
    const batch = parseBatch(line.toString());
    if (batch?.router !== router) continue;
    const index = sequence - batch.first;
    if (index >= 0 && index < batch.count) return batch.position + index;
  }
  return undefined;
}

/** Each line is good until the next. */
function* linesOf(folder: string, name: string): Generator<Buffer> {
  const lines = new LineReader(join(folder, name));
  try {
    for (let line = lines.next(); line !== undefined; line = lines.next()) yield line;
  } finally {
    lines.close();
  }
}

interface Said {
  id: unknown;
  time: number;
  outcome: string;
  actor: string | undefined;
  case: string | undefined;
  context: string;
  receipt: unknown;
}

function readRecord(line: Buffer): Said | undefined {
  try {
    const value = JSON.parse(line.toString()) as Record<string, unknown>;
    const { id, time, outcome, actor, case: dossier, context, receipt } = value;
    if (!Number.isSafeInteger(time) || typeof context !== "string") return undefined;
    if (Number.isNaN(new Date(time as number).getTime())) return undefined;
    return {
      id,
      time: time as number,
      outcome: printable(String(outcome)),
      actor: typeof actor === "string" ? printable(actor) : undefined,
      case: typeof dossier === "string" ? printable(dossier) : undefined,
      context,
      receipt,
    };
  } catch {
    return undefined;
  }
}
