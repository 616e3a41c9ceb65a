import type { JsonWebKey } from "node:crypto";
import {
  type PartRemark,
  type ReceiptedContext,
  type ReceiptedRecord,
  type ReceiptFile,
  receiptedRecord,
  type ReceiptReport,
  verifyReceipt,
} from "@truc/audit/verifier";
import { table } from "../table.ts";
import type { Verdict } from "./verdict.ts";

/** What came of one receipt, with its record where segments were given along with it. */
export interface ReceiptVerdict extends ReceiptReport {
  readonly path: string;
  readonly verdict: Verdict;
  readonly record: ReceiptedRecord | undefined;
  /** Whether its record was looked for. */
  readonly isCompared: boolean;
}

/** What receipts are held against. */
export interface Against {
  readonly keys: readonly JsonWebKey[] | undefined;
  readonly noteKeys: readonly string[] | undefined;
  /** Folders of segments. */
  readonly segments: readonly string[];
}

/** Verifies a receipt, and holds it against its record where there are segments. */
export async function judgeReceipt(
  { path, file }: { path: string; file: ReceiptFile },
  { keys, noteKeys, segments }: Against,
): Promise<ReceiptVerdict> {
  const report = await verifyReceipt(file, {
    ...(keys !== undefined && { keys }),
    ...(noteKeys !== undefined && { noteKeys }),
  });
  const isCompared = segments.length > 0;
  const there = isCompared ? receiptedRecord(file, segments) : undefined;
  const findings = [...report.findings, ...(there?.findings ?? [])];
  const unsaid = [...report.unsaid, ...(there?.unsaid ?? [])];
  const verdict = findings.length > 0 ? "found" : unsaid.length > 0 ? "unsaid" : "holds";
  // Whoever found the record need not be told that there is no other proof of where it stands.
  const warnings = there?.record === undefined ? report.warnings : [];
  return {
    ...report,
    path,
    findings,
    unsaid,
    warnings,
    verdict,
    record: there?.record,
    isCompared,
  };
}

/** What is said of it to machines. */
export function machineWordsOf(judged: ReceiptVerdict): unknown {
  const { path, verdict, receipt, signed, position, record, findings, unsaid, warnings } = judged;
  return {
    path,
    verdict,
    id: receipt?.id ?? null,
    signed: signed === undefined ? null : new Date(signed).toISOString(),
    position: position ?? null,
    record: record === undefined ? null : { ...record, time: new Date(record.time).toISOString() },
    findings,
    unsaid,
    warnings,
  };
}

/** What is said of it to people. */
export function receiptText(judged: ReceiptVerdict): string[] {
  const { path, verdict, receipt, findings, unsaid, warnings, record } = judged;
  const lines = warnings.map((warning) => `Warning: ${warning}.`);
  for (const { part, text } of findings) lines.push(`${path}: ${part} does not hold: ${text}.`);
  for (const remark of unsaid)
    lines.push(
      `${path}: whether its ${remark.part} holds cannot be said: ${remark.text}${way(remark)}.`,
    );
  if (verdict === "holds" && receipt !== undefined) lines.push(`${path} holds: ${facts(judged)}.`);
  if (record !== undefined) lines.push(...recordText(judged, record));
  return lines;
}

const OPTIONS: Partial<Record<PartRemark["part"], string>> = {
  signature: "; name the platform's with --keys",
  inclusion: "; name the log's with --key",
  record: "; name the one it stands in",
};

function way({ part, text }: PartRemark): string {
  return part === "record" && !text.startsWith("it is in none") ? "" : (OPTIONS[part] ?? "");
}

function facts({ receipt, signed, position, record }: ReceiptVerdict): string {
  const when = signed === undefined ? "" : `, signed at ${new Date(signed).toISOString()}`;
  const place = position ?? record?.position;
  const where = place === undefined ? "" : `; its record is at position ${place} of the log`;
  return `request ${receipt!.id}${when}${where}`;
}

function recordText({ findings }: ReceiptVerdict, record: ReceiptedRecord): string[] {
  const { folder, position, time, outcome, actor, case: dossier, context } = record;
  const isOfIt = findings.every(({ part }) => part !== "record");
  const head = isOfIt
    ? `The record at position ${position}, in ${folder}, is of this question and this answer: id, place, leaf and receipt fit.`
    : `The record at position ${position}, in ${folder}:`;
  const rows = [
    ...(context === undefined ? [] : contextRows(context)),
    ["officer", actor ?? "-"],
    ["case", dossier ?? "-"],
    ["arrived", new Date(time).toISOString()],
    ["outcome", outcome],
    ...Object.entries(context?.fields ?? {})
      .filter(([, fields]) => fields.length > 0)
      .map(([dataClass, fields]) => [`read, ${dataClass.toLowerCase()}`, fields.join(", ")]),
  ];
  return [head, table(rows[0]!, rows.slice(1))];
}

function contextRows(context: ReceiptedContext): string[][] {
  const { agency, system, purpose, legalBasis, grant, decision } = context;
  return [
    ["agency", agency ?? "-"],
    ["system", system ?? "-"],
    ["purpose", purpose ?? "-"],
    ["legal basis", legalBasis ?? "-"],
    ["grant", grant ?? "-"],
    ["decision", decision ?? "-"],
  ];
}
