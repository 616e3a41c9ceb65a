import { setTimeout as pause } from "node:timers/promises";
import type { Journals } from "./journals.ts";
import { type Matched, matchReads, type ReadFinding, type Request } from "./match-reads.ts";
import type { JournalledRead, RecordedRead, UnreadableRead } from "./read.ts";
import { LATEST_MS, type RecordSource, type Stretch } from "./record-source.ts";

/** What is held together. */
export interface ReconcileOptions {
  readonly records: RecordSource;
  readonly journals: Journals;
  /** Requests and lines from this moment on, and before that one; what the records' source covers when left out. */
  readonly from?: Date;
  readonly to?: Date;
  /** What has come within so many milliseconds may still get its other side, where records still come: 20 seconds. */
  readonly settleMs?: number;
}

/** What came of it. */
export interface Reconciliation {
  /** Which moments were looked at; undefined where there is no record at all. */
  readonly from: Date | undefined;
  readonly to: Date | undefined;
  /** How many fetches both sides have. */
  readonly agreed: number;
  readonly findings: readonly ReadFinding[];
  /** Fetches that gave no answer, and what may have been under way where exported segments end. */
  readonly uncertain: readonly ReadFinding[];
  /** Fetches of subgraphs of which there is no journal. */
  readonly withoutJournal: Readonly<Record<string, number>>;
  readonly unreadable: readonly UnreadableRead[];
  /** Journal lines outside the moments that were looked at. */
  readonly outside: number;
}

const DAY_MS = 24 * 3_600_000;
/** A request's record is written when all it asked for is there. */
const SETTLE_MS = 20_000;
const LOOK_AGAIN_MS = 500;

/** The sides of one day, and what is left of the day before. */
interface Day {
  readonly requests: Map<string, Request>;
  readonly unreadable: UnreadableRead[];
  outside: number;
}

/**
 * Holds the records of what was asked against the journals of what was carried out, day by day: every fetch on one side
 * is to be on the other, for the same system, purpose, officer, case and operation. What crosses midnight is held
 * together with the next day.
 */
export async function reconcile(options: ReconcileOptions): Promise<Reconciliation> {
  const looked = await stretchOf(options);
  const sum = new Sum(options.journals.subgraphs);
  if (looked === undefined) return sum.result(undefined);
  let carried: Request[] = [];
  const settleMs = options.settleMs ?? SETTLE_MS;
  // Where a log was cut off, requests may have been under way.
  const isCut = options.to === undefined && !options.records.isLive;
  const certainTo = isCut ? looked.to - settleMs : looked.to;
  // A request that arrived just before the end may be in the journals of the day after.
  const last = looked.to + LATEST_MS;
  for (let start = dayOf(looked.from - LATEST_MS); start < last; start += DAY_MS) {
    const isLast = start + DAY_MS >= last;
    const end = isLast ? Number.POSITIVE_INFINITY : start + DAY_MS;
    for (;;) {
      const day = await readDay(options, { from: start, to: start + DAY_MS }, looked, carried);
      const settled = Date.now() - settleMs;
      const judged = judge(day, {
        end,
        looked,
        settled,
        certainTo,
        journals: options.journals.subgraphs,
      });
      if (isLast && judged.isYoung && options.records.isLive) {
        await pause(LOOK_AGAIN_MS);
        continue;
      }
      sum.add(judged, day);
      carried = judged.carried;
      break;
    }
  }
  return sum.result(looked);
}

async function stretchOf({ records, journals, from, to }: ReconcileOptions) {
  const extent = await records.extent();
  if (extent === undefined && journals.firstDay === undefined) return undefined;
  const beginning = from?.getTime() ?? extent?.from ?? Date.parse(journals.firstDay!);
  return { from: beginning, to: to?.getTime() ?? extent?.to ?? Date.now() };
}

function dayOf(time: number): number {
  return Math.floor(time / DAY_MS) * DAY_MS;
}

async function readDay(
  { records, journals }: ReconcileOptions,
  day: Stretch,
  looked: Stretch,
  carried: readonly Request[],
): Promise<Day> {
  const requests = new Map<string, Request>();
  const unreadable: UnreadableRead[] = [];
  let outside = 0;
  const of = (id: string): Request => {
    let request = requests.get(id);
    if (request === undefined) requests.set(id, (request = { id, recorded: [], journalled: [] }));
    return request;
  };
  for (const { id, recorded, journalled } of carried) {
    of(id).recorded.push(...recorded);
    of(id).journalled.push(...journalled);
  }
  const told = (what: UnreadableRead): void => void unreadable.push(what);
  // Journals first: what is in one has its record, or will have it in a moment.
  for await (const line of journals.reads(new Date(day.from).toISOString().slice(0, 10), told)) {
    if (line.time < looked.from || line.time >= looked.to) outside += 1;
    of(line.id).journalled.push(line);
  }
  for await (const read of records.reads(day, told)) of(read.id).recorded.push(read);
  return { requests, unreadable, outside };
}

interface Judged {
  readonly matched: Matched;
  readonly withoutJournal: readonly (readonly [string, number])[];
  /** What may have its other side on the next day. */
  readonly carried: Request[];
  /** Something was found that has only just come. */
  readonly isYoung: boolean;
}

/** What a day is judged by. */
interface Circle {
  /** When it ends; never, for the last one. */
  readonly end: number;
  readonly looked: Stretch;
  /** What is older has both sides, if it ever gets them. */
  readonly settled: number;
  /** From here on a request without a record may have been under way when the log was cut off. */
  readonly certainTo: number;
  readonly journals: ReadonlySet<string>;
}

function judge({ requests }: Day, { end, looked, settled, certainTo, journals }: Circle): Judged {
  const sum = { findings: [] as ReadFinding[], uncertain: [] as ReadFinding[], agreed: 0 };
  const withoutJournal: [string, number][] = [];
  const carried: Request[] = [];
  let isYoung = false;
  for (const request of requests.values()) {
    const { findings, uncertain, agreed } = matchReads(request, journals);
    const latest = latestOf(request);
    if (findings.length > 0 && latest > end - LATEST_MS) {
      carried.push(request);
      continue;
    }
    if (!isLookedAt(request, looked)) continue;
    if (findings.length > 0 && latest > settled) isYoung = true;
    const isCutOff = request.recorded.length === 0 && latest >= certainTo;
    sum.findings.push(...(isCutOff ? [] : findings));
    sum.uncertain.push(...uncertain, ...(isCutOff ? findings : []));
    sum.agreed += agreed;
    for (const { asked } of request.recorded)
      withoutJournal.push(...Object.entries(asked).filter(([name]) => !journals.has(name)));
  }
  return { matched: sum, withoutJournal, carried, isYoung };
}

function latestOf({ recorded, journalled }: Request): number {
  return Math.max(...recorded.map((read) => read.recorded), ...journalled.map((line) => line.time));
}

/** A request belongs to the moment of its arrival, or else of the first line there is of it. */
function isLookedAt({ recorded, journalled }: Request, { from, to }: Stretch): boolean {
  const times = (sides: readonly (RecordedRead | JournalledRead)[]): number[] =>
    sides.map((side) => ("arrived" in side ? side.arrived : side.time));
  const begun = Math.min(...times(recorded.length > 0 ? recorded : journalled));
  return begun >= from && begun < to;
}

class Sum {
  readonly #journals: ReadonlySet<string>;
  readonly #findings: ReadFinding[] = [];
  readonly #uncertain: ReadFinding[] = [];
  /** By place: what lies near midnight is read with two days. */
  readonly #unreadable = new Map<string, UnreadableRead>();
  readonly #withoutJournal: Record<string, number> = {};
  #agreed = 0;
  #outside = 0;

  constructor(journals: ReadonlySet<string>) {
    this.#journals = journals;
  }

  add({ matched, withoutJournal }: Judged, { unreadable, outside }: Day): void {
    this.#findings.push(...matched.findings);
    this.#uncertain.push(...matched.uncertain);
    for (const each of unreadable) this.#unreadable.set(each.where, each);
    this.#agreed += matched.agreed;
    this.#outside += outside;
    for (const [name, count] of withoutJournal)
      if (!this.#journals.has(name))
        this.#withoutJournal[name] = (this.#withoutJournal[name] ?? 0) + count;
  }

  result(looked: Stretch | undefined): Reconciliation {
    return {
      from: looked && new Date(looked.from),
      to: looked && new Date(looked.to),
      agreed: this.#agreed,
      findings: this.#findings.toSorted((one, other) => (one.time < other.time ? -1 : 1)),
      uncertain: this.#uncertain,
      withoutJournal: this.#withoutJournal,
      unreadable: [...this.#unreadable.values()],
      outside: this.#outside,
    };
  }
}
