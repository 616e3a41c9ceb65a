import type { Circumstances, JournalledRead, RecordedRead } from "./read.ts";

/** A read that one side has and the other lacks, or of which they say different things. */
export interface ReadFinding {
  readonly kind: "not on record" | "not in the journal" | "differs";
  readonly id: string;
  readonly subgraph: string;
  /** How many fetches. */
  readonly count: number;
  /** When: of the journal's line, or of the request's arrival. */
  readonly time: string;
  readonly system: string | null;
  readonly purpose: string | null;
  readonly actor: string | null;
  readonly case: string | null;
  /** What exactly, for people. */
  readonly text: string;
}

/** One request, as both sides have it. */
export interface Request {
  readonly id: string;
  readonly recorded: RecordedRead[];
  readonly journalled: JournalledRead[];
}

/** What came of holding the sides of one request together. */
export interface Matched {
  readonly findings: ReadFinding[];
  /** Fetches that gave no answer, and are in no journal: they may not have been carried out. */
  readonly uncertain: ReadFinding[];
  /** How many fetches both sides have. */
  readonly agreed: number;
}

interface Open {
  read: RecordedRead;
  left: number;
  failed: number;
}

/** @param journals the subgraphs whose journals there are; fetches of others cannot be looked for */
export function matchReads(request: Request, journals: ReadonlySet<string>): Matched {
  const findings: ReadFinding[] = [];
  const uncertain: ReadFinding[] = [];
  let agreed = 0;
  const subgraphs = new Set([
    ...request.journalled.map(({ subgraph }) => subgraph),
    ...request.recorded.flatMap(({ asked }) => Object.keys(asked)),
  ]);
  for (const subgraph of subgraphs) {
    if (!journals.has(subgraph)) continue;
    const open = openFetches(request.recorded, subgraph);
    const lines = request.journalled.filter((line) => line.subgraph === subgraph);
    const unmatched = lines.filter((line) => !takes(open, (each) => isSame(each, line)));
    agreed += lines.length - unmatched.length;
    const without: JournalledRead[] = [];
    for (const line of unmatched) {
      const other = takes(open, () => true);
      if (other === undefined) without.push(line);
      else findings.push(difference(line, other));
    }
    if (without.length > 0) findings.push(notOnRecord(without, request.recorded.length > 0));
    for (const { read, left, failed } of open) {
      const missing = Math.max(0, left - failed);
      if (missing > 0) findings.push(notInJournal(read, subgraph, missing));
      if (left > missing) uncertain.push(notInJournal(read, subgraph, left - missing));
    }
  }
  return { findings, uncertain, agreed };
}

function openFetches(recorded: readonly RecordedRead[], subgraph: string): Open[] {
  return recorded.flatMap((read) => {
    const left = read.asked[subgraph];
    return left === undefined ? [] : [{ read, left, failed: read.failed[subgraph] ?? 0 }];
  });
}

/** Takes one fetch of the first that fits. */
function takes(open: readonly Open[], fits: (read: RecordedRead) => boolean) {
  const found = open.find(({ read, left }) => left > 0 && fits(read));
  if (found !== undefined) found.left -= 1;
  return found?.read;
}

const NAMES = ["system", "purpose", "actor", "case", "operation"] as const;

function isSame({ circumstances }: RecordedRead, line: JournalledRead): boolean {
  return differing(circumstances, line.circumstances).length === 0;
}

function differing(
  recorded: Circumstances | undefined,
  journalled: Circumstances,
): (keyof Circumstances)[] {
  if (recorded === undefined) return [];
  return NAMES.filter((name) => recorded[name] !== journalled[name]);
}

function difference(line: JournalledRead, read: RecordedRead): ReadFinding {
  const told = differing(read.circumstances, line.circumstances).map(
    (name) =>
      `${name} is ${said(line.circumstances[name])} in the journal and ${said(read.circumstances![name])} on record`,
  );
  return { ...ofLine(line, 1), kind: "differs", text: told.join("; ") };
}

function said(value: string | null): string {
  return value === null ? "nothing" : `"${value}"`;
}

function notOnRecord(lines: readonly JournalledRead[], isKnown: boolean): ReadFinding {
  const rows = lines.reduce((sum, each) => sum + each.rows, 0);
  const what = isKnown ? "more than the request's record says" : "the request has no record";
  return {
    ...ofLine(lines[0]!, lines.length),
    kind: "not on record",
    text: `${what}; rows: ${rows}`,
  };
}

function notInJournal(read: RecordedRead, subgraph: string, count: number): ReadFinding {
  return {
    kind: "not in the journal",
    id: read.id,
    subgraph,
    count,
    time: new Date(read.arrived).toISOString(),
    system: read.circumstances?.system ?? null,
    purpose: read.circumstances?.purpose ?? null,
    actor: read.circumstances?.actor ?? null,
    case: read.circumstances?.case ?? null,
    text: `the record says ${read.asked[subgraph]} and the journal has fewer`,
  };
}

function ofLine({ id, subgraph, time, circumstances }: JournalledRead, count: number) {
  const { system, purpose, actor, case: reference } = circumstances;
  const at = new Date(time).toISOString();
  return { id, subgraph, count, time: at, system, purpose, actor, case: reference };
}
