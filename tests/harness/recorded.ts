import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { AuditContext, AuditRecord } from "@truc/contracts";

/** A record as a router's journal holds it, together with the context it points to and its place. */
export type Recorded = AuditRecord & AuditContext & { router: string; sequence: number };

/** Requests that were counted instead. */
export interface CountedRefusals {
  minute: string;
  source: string;
  code: string;
  count: number;
}

interface BatchLine {
  router: string;
  first: number;
  count: number;
  written: string;
  chain: string;
  contexts: string[];
  records: string[];
}

/**
 * Reads the journal that a router without an audit process writes, oldest first, and checks what every one must be: each
 * process's records numbered from 1 without a gap and chained, each of the shape it should have, and each context in
 * the file of the records that point to it.
 * @throws Error saying what does not fit
 */
export function readRecorded(directory: string): {
  records: Recorded[];
  refusals: CountedRefusals[];
} {
  const records: Recorded[] = [];
  const refusals: CountedRefusals[] = [];
  const states = new Map<string, { sequence: number; chain: Buffer }>();
  for (const name of readdirSync(directory).toSorted()) {
    const contexts = new Map<string, AuditContext>();
    for (const text of readFileSync(join(directory, name), "utf8").split("\n")) {
      if (text === "") continue;
      const line = JSON.parse(text) as BatchLine | { refusals: CountedRefusals[] };
      if ("refusals" in line) {
        refusals.push(...line.refusals);
        continue;
      }
      for (const context of line.contexts)
        contexts.set(
          sha256(context).toString("base64url"),
          AuditContext.parse(JSON.parse(context)),
        );
      const state = states.get(line.router) ?? { sequence: 0, chain: sha256(line.router) };
      states.set(line.router, state);
      if (line.first !== state.sequence + 1 || line.count !== line.records.length)
        throw new Error(`${line.count} records at ${line.first} follow ${state.sequence}`);
      for (const record of line.records) {
        state.chain = sha256(state.chain, sha256(Buffer.of(0), record));
        records.push(recorded(record, { ...line, contexts, sequence: (state.sequence += 1) }));
      }
      if (state.chain.toString("base64url") !== line.chain)
        throw new Error(`the chain does not fit after record ${state.sequence}`);
    }
  }
  return { records, refusals };
}

/** What a record may be without, so that a test can expect that it is. */
const ABSENT = {
  part: undefined,
  clockBack: undefined,
  person: undefined,
  actor: undefined,
  case: undefined,
  operation: undefined,
  variables: undefined,
  code: undefined,
  asked: undefined,
  failed: undefined,
  objects: undefined,
  subjects: undefined,
  receipt: undefined,
};

function recorded(
  text: string,
  at: { router: string; sequence: number; contexts: ReadonlyMap<string, AuditContext> },
): Recorded {
  const record = AuditRecord.parse(JSON.parse(text));
  const context = at.contexts.get(record.context);
  if (context === undefined) throw new Error(`record ${record.id} points to no context`);
  return { ...ABSENT, ...context, ...record, router: at.router, sequence: at.sequence };
}

function sha256(...parts: (string | Uint8Array)[]): Buffer {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
}
