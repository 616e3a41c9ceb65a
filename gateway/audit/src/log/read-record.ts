import { isUtf8 } from "node:buffer";
import { AuditRecord } from "@truc/contracts";

/** @returns the record in a line; undefined where it is none */
export function readRecord(line: Buffer): AuditRecord | undefined {
  if (!isUtf8(line)) return undefined;
  try {
    return AuditRecord.safeParse(JSON.parse(line.toString())).data;
  } catch {
    return undefined;
  }
}

/** Takes lines apart; what follows the last line feed counts as a line if there is anything. */
export function splitLines(lines: Buffer): Buffer[] {
  const split: Buffer[] = [];
  for (let at = 0; at < lines.length;) {
    const end = lines.indexOf(LINE_FEED, at);
    split.push(lines.subarray(at, end === -1 ? lines.length : end));
    if (end === -1) break;
    at = end + 1;
  }
  return split;
}

const LINE_FEED = 10;
