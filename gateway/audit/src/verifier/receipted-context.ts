import { hash } from "node:crypto";
import { join } from "node:path";
import { LineReader } from "./line-reader.ts";
import { SEGMENT_FILES } from "./segment-head.ts";

/** Who asked for which fields, and why, as a record's context says. */
export interface ReceiptedContext {
  readonly system: string | null;
  readonly agency: string | null;
  readonly purpose: string | null;
  readonly legalBasis: string | null;
  readonly grant: string | null;
  readonly decision: string | null;
  /** Coordinates read, by data class. */
  readonly fields: Readonly<Record<string, readonly string[]>>;
}

/** @returns undefined where the segment has no such context that can be read */
export function readContext(folder: string, digest: string): ReceiptedContext | undefined {
  const lines = new LineReader(join(folder, SEGMENT_FILES.contexts));
  try {
    for (let line = lines.next(); line !== undefined; line = lines.next())
      if (hash("sha256", line, "base64url") === digest) return parsed(line.toString());
    return undefined;
  } finally {
    lines.close();
  }
}

function parsed(text: string): ReceiptedContext | undefined {
  try {
    const value = JSON.parse(text) as Record<string, unknown>;
    const { system, agency, purpose, legalBasis, grant, decision, fields } = value;
    return {
      system: shown(system),
      agency: shown(agency),
      purpose: shown(purpose),
      legalBasis: shown(legalBasis),
      grant: shown(grant),
      decision: shown(decision),
      fields: Object.fromEntries(
        Object.entries(fields as Record<string, unknown[]>).map(([name, coordinates]) => [
          printable(name),
          coordinates.map((each) => printable(String(each))),
        ]),
      ),
    };
  } catch {
    return undefined;
  }
}

function shown(value: unknown): string | null {
  return typeof value === "string" ? printable(value) : null;
}

/** An export may come from anybody: what is shown on a terminal must not steer it. */
export function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, "?");
}
