import { hash } from "node:crypto";
import { join } from "node:path";
import type { Findings } from "./finding.ts";
import { LineReader } from "./line-reader.ts";
import { SEGMENT_FILES } from "./segment-head.ts";

/** SHA-256 (base64url) of each line of contexts.jsonl. */
export function contextDigests(folder: string, findings: Findings): string[] {
  const lines = new LineReader(join(folder, SEGMENT_FILES.contexts));
  const digests: string[] = [];
  for (let line = lines.next(); line !== undefined; line = lines.next())
    digests.push(hash("sha256", line, "base64url"));
  if (lines.isTorn)
    findings.add({ kind: "torn", text: `${SEGMENT_FILES.contexts} ends within a line` });
  lines.close();
  return digests;
}

/** Where records lack their contexts, a context that none points to is one that was changed, or put there. */
export function nameUnusedContexts(
  digests: readonly string[],
  used: Uint8Array,
  findings: Findings,
): void {
  if (!findings.found.some(({ kind }) => kind === "missing context")) return;
  for (const [index, digest] of digests.entries()) {
    if (used[index] === 1) continue;
    const text = `line ${index + 1} of ${SEGMENT_FILES.contexts} is ${digest}, and no record points to it`;
    findings.add({ kind: "changed", text });
  }
}
