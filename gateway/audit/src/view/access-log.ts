import { catalogueError, monthOf, SUBJECT_SETS_PURPOSE } from "@truc/contracts";
import { type Connection, pageArguments, type SubgraphContext } from "@truc/service";
import type { AuditLog } from "../log/audit-log.ts";
import type { Entry, Unreadable } from "../log/entry.ts";
import type { Place } from "../postings/composite.ts";
import { disclosedFrom, subjectKey } from "../postings/posting-keys.ts";
import { firstMonthKept, type Postings } from "../postings/postings.ts";
import type { PostingsView, SoughtKey } from "../postings/postings-view.ts";
import { accessEntry, type AccessEntry, CITIZEN } from "./access-entry.ts";
import type { FieldWords } from "./field-words.ts";
import { type Found, numbersOf, pageOf } from "./page-of.ts";
import { monthAfter, type Pseudonyms } from "./pseudonyms.ts";

export interface AccessLogParts {
  readonly log: Pick<AuditLog, "read" | "size">;
  readonly postings: Postings;
  readonly pseudonyms: Pseudonyms;
  readonly words: () => FieldWords;
  /** For how many months citizens see who looked. */
  readonly retentionMonths: number;
  readonly now: () => Date;
}

interface AccessLogArguments {
  first?: number | null;
  after?: string | null;
  register?: string | null;
  agency?: string | null;
}

/** So many accesses are looked at for a page, at most. */
const MAX_LOOKED_AT = 500;
/** Where conditions leave some out, so many are looked at together. */
const CHUNK = 100;
/** By how much the time a record names may be off the time it became visible, for the end of the list. */
const SLACK_MS = 2 * 24 * 3_600_000;

/**
 * A page of the accesses to the data of the citizen who is signed in, newest first by when they became visible.
 * @param pin whose accesses; anybody's but the caller's own are refused
 */
export async function accessLog(
  parts: AccessLogParts,
  pin: string,
  args: AccessLogArguments,
  { permit }: Pick<SubgraphContext, "permit">,
): Promise<Connection<AccessEntry>> {
  if (permit.self === undefined || permit.self !== pin) throw catalogueError("ACCESS_LOG_OWN_ONLY");
  const { first, after } = pageArguments(args, 2);
  const [at = 0, position = 0] = numbersOf(after ?? []);
  const { size } = parts.log;
  const before = after === null ? { at: size, position: size } : { at, position };
  const now = parts.now();
  return await parts.postings.look(async (view) => {
    const search = new AccessSearch(parts, view, args, now);
    const { found, cut } = await search.collect(keysOf(parts, view, pin, now), before, first + 1);
    return pageOf(found, first, after, cut);
  }, before);
}

/** Under which keys she stands: one a month, from the oldest that is shown to the one of clocks that are ahead. */
function keysOf(
  { pseudonyms, retentionMonths }: AccessLogParts,
  { longestDelayDays }: PostingsView,
  pin: string,
  now: Date,
): SoughtKey[] {
  const first = firstMonthKept(now, retentionMonths, longestDelayDays);
  const last = monthAfter(monthOf(now.getTime()));
  return pseudonyms
    .of(CITIZEN, pin, { first, last })
    .map(({ month, pseudonym }) => ({ month, key: subjectKey(pseudonym) }));
}

class AccessSearch {
  readonly #parts: AccessLogParts;
  readonly #view: PostingsView;
  readonly #register: string | undefined;
  readonly #agency: string | undefined;
  /** What became visible before is not shown any more. */
  readonly #oldest: number;
  readonly #now: number;

  constructor(
    parts: AccessLogParts,
    view: PostingsView,
    { register, agency }: AccessLogArguments,
    now: Date,
  ) {
    this.#parts = parts;
    this.#view = view;
    this.#register = register ?? undefined;
    this.#agency = agency ?? undefined;
    this.#oldest = monthsBefore(now, parts.retentionMonths);
    this.#now = now.getTime();
  }

  /** @returns what was found, and how far it came where it was ended before its end */
  async collect(
    keys: readonly SoughtKey[],
    before: Place,
    wanted: number,
  ): Promise<{ found: Found<AccessEntry>[]; cut: number[] | undefined }> {
    const found: Found<AccessEntry>[] = [];
    const selects = this.#register !== undefined || this.#agency !== undefined;
    const chunk = selects ? CHUNK : wanted;
    let last = before;
    let request: string | undefined;
    for (let looked = 0; looked < MAX_LOOKED_AT; looked += chunk) {
      const places = await this.#view.newest(keys, last, chunk);
      const entries = await this.#read(places);
      for (const place of places) {
        const entry = entries.get(place.position);
        if (entry === undefined) continue;
        if (await this.#isOver(entry, place)) return { found, cut: undefined };
        request ??= await this.#requestAt(last, entry);
        last = place;
        if (!this.#shows(entry) || isSamePart(entry, request)) continue;
        request = requestOf(entry);
        found.push({
          node: accessEntry(entry, this.#parts.words()),
          key: [place.at, place.position],
        });
        if (found.length === wanted) return { found, cut: undefined };
      }
      if (places.length < chunk) return { found, cut: undefined };
    }
    return { found, cut: [last.at, last.position] };
  }

  async #read(places: readonly Place[]): Promise<Map<number, Entry | Unreadable>> {
    return await this.#parts.log.read(places.map(({ position }) => position));
  }

  /** Whether an access, and with it all older ones, lies too far back. */
  async #isOver(entry: Entry | Unreadable, { at }: Place): Promise<boolean> {
    const time = visibleSince(entry) ?? (await this.#view.timeAround(at));
    return time !== undefined && time < this.#oldest - SLACK_MS;
  }

  #shows(entry: Entry | Unreadable): boolean {
    if (!("record" in entry) || entry.record === undefined) return true;
    const { record, context } = entry;
    const since = visibleSince(entry)!;
    // Whatever the index says, which may have been made while a clock was wrong.
    const isHeldBack = (context?.disclosureDelayDays ?? 0) > 0 && since > this.#now;
    if (since < this.#oldest || isHeldBack || isPlatforms(context)) return false;
    if (this.#register !== undefined && !Object.hasOwn(record.asked ?? {}, this.#register))
      return false;
    return this.#agency === undefined || context?.agency === this.#agency;
  }

  /** The request of the last access of the page before, where it may go on here. */
  async #requestAt(last: Place | null, next: Entry | Unreadable): Promise<string | undefined> {
    if (last === null || !isPart(next)) return undefined;
    const entry = (await this.#read([last])).get(last.position);
    return entry === undefined ? undefined : requestOf(entry);
  }
}

/**
 * Whether the platform itself has asked who belongs to whom, before it answered somebody: on record for auditors, but
 * it would tell everybody in a household when another one was signed in.
 */
function isPlatforms(context: Entry["context"]): boolean {
  if (context === undefined) return false;
  const { system, agency, grant, purpose } = context;
  return (
    system === "router" && agency === null && grant === null && purpose === SUBJECT_SETS_PURPOSE
  );
}

/** When an access could be seen first, milliseconds since the epoch; undefined where its record cannot be read. */
function visibleSince(entry: Entry | Unreadable): number | undefined {
  if (!("record" in entry) || entry.record === undefined) return undefined;
  return disclosedFrom(entry.record.time, entry.context?.disclosureDelayDays ?? 0);
}

function isPart(entry: Entry | Unreadable): boolean {
  return "record" in entry && entry.record?.part !== undefined;
}

function isSamePart(entry: Entry | Unreadable, request: string | undefined): boolean {
  return isPart(entry) && request !== undefined && requestOf(entry) === request;
}

function requestOf(entry: Entry | Unreadable): string | undefined {
  return "record" in entry ? entry.record?.id : undefined;
}

/** The same day so many months before, milliseconds since the epoch; where that month is too short, the next one's first days. */
function monthsBefore(now: Date, months: number): number {
  const then = new Date(now);
  then.setUTCMonth(then.getUTCMonth() - months);
  return then.getTime();
}
