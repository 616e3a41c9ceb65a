import { catalogueError, monthOf } from "@truc/contracts";
import { argumentInvalid } from "@truc/service";
import type { Entry } from "../log/entry.ts";
import {
  type Aspect,
  aspectKey,
  heldKey,
  isFirstPart,
  subjectKey,
} from "../postings/posting-keys.ts";
import type { SoughtKey } from "../postings/postings-view.ts";
import { monthAfter, type Pseudonyms } from "./pseudonyms.ts";
import { demandAuditor, type Rights } from "./rights.ts";

/** AuditRecordFilter of the schema. */
export interface RecordFilter {
  from?: Date | null;
  to?: Date | null;
  agency?: string | null;
  system?: string | null;
  purpose?: string | null;
  grant?: string | null;
  register?: string | null;
  outcome?: string | null;
  citizen?: string | null;
  company?: string | null;
  parcel?: string | null;
  pseudonym?: string | null;
}

const ASPECTS = ["agency", "system", "purpose", "grant"] as const satisfies readonly Aspect[];
/** Conditions on whose data was read, and the type each is about. */
const SUBJECTS = { citizen: "Citizen", company: "Company", parcel: "LandParcel" } as const;
const PSEUDONYM = /^[A-Za-z0-9_-]{21}[AQgw]$/;

/**
 * What the index is asked for: records that stand under a key of every list.
 * @param months those the index has, yyyy-mm, both included
 * @throws GraphQLError AUDIT_FORBIDDEN where an owner asks for people, or for another's register; ARGUMENT_INVALID
 */
export function soughtKeys(
  filter: RecordFilter,
  rights: Rights,
  pseudonyms: Pseudonyms,
  months: { first: string; last: string },
): SoughtKey[][] {
  const subjects = soughtSubjects(filter, pseudonyms, within(months, filter));
  if (subjects.length > 0) {
    demandAuditor(rights);
    // Of a request in parts only the first stands under more than whose data was read.
    return subjects;
  }
  const sought = ASPECTS.flatMap((aspect) => {
    const id = filter[aspect];
    return id == null ? [] : [[{ key: aspectKey(aspect, id) }]];
  });
  const registers = registersAsked(filter, rights);
  if (registers !== undefined)
    sought.push(registers.map((register) => ({ key: aspectKey("register", register) })));
  return sought;
}

function registersAsked(
  { register }: RecordFilter,
  { registers }: Rights,
): readonly string[] | undefined {
  if (register == null) return registers && [...registers];
  if (registers !== undefined && !registers.has(register)) throw catalogueError("AUDIT_FORBIDDEN");
  return [register];
}

function soughtSubjects(
  filter: RecordFilter,
  pseudonyms: Pseudonyms,
  months: { first: string; last: string },
): SoughtKey[][] {
  const sought = Object.entries(SUBJECTS).flatMap(([name, type]) => {
    const key = filter[name as keyof typeof SUBJECTS];
    if (key == null) return [];
    return [
      pseudonyms
        .of(type, key, months)
        .flatMap(({ month, pseudonym }) => keysOfSubject(pseudonym, month)),
    ];
  });
  const { pseudonym } = filter;
  if (pseudonym == null) return sought;
  if (!PSEUDONYM.test(pseudonym))
    throw argumentInvalid("filter", "a pseudonym is 16 bytes as base64url, 22 characters");
  return [...sought, keysOfSubject(pseudonym)];
}

/** An access shown later stands under a key of its own from the beginning. */
function keysOfSubject(pseudonym: string, month?: string): SoughtKey[] {
  const of = month === undefined ? {} : { month };
  return [
    { key: subjectKey(pseudonym), atOnceOnly: true, ...of },
    { key: heldKey(pseudonym), ...of },
  ];
}

function within(
  months: { first: string; last: string },
  { from, to }: RecordFilter,
): { first: string; last: string } {
  const first = from == null ? months.first : monthOf(from.getTime());
  const last = to == null ? months.last : monthOf(to.getTime());
  return {
    first: first > months.first ? first : months.first,
    last: last < months.last ? last : months.last,
  };
}

/** The months that pseudonyms are reckoned for: up to that of clocks that are ahead. */
export function monthsUpTo(first: string, now: Date): { first: string; last: string } {
  return { first, last: monthAfter(monthOf(now.getTime())) };
}

/** Whether a record that can be read meets every condition, and may be seen. */
export function meets(
  { record, context }: Entry,
  filter: RecordFilter,
  { registers }: Rights,
): boolean {
  if (record === undefined) return true;
  const asked = Object.keys(record.asked ?? {});
  if (registers !== undefined && !asked.some((register) => registers.has(register))) return false;
  const { from, to, register, outcome } = filter;
  if (from != null && record.time < from.getTime()) return false;
  if (to != null && record.time >= to.getTime()) return false;
  if (outcome != null && record.outcome.toUpperCase() !== outcome) return false;
  if (register != null && !asked.includes(register)) return false;
  return ASPECTS.every((aspect) => filter[aspect] == null || context?.[aspect] === filter[aspect]);
}

/** Whether conditions are about whose data was read; only then a request's further parts are listed. */
export function isAboutSubjects(filter: RecordFilter): boolean {
  const { citizen, company, parcel, pseudonym } = filter;
  return [citizen, company, parcel, pseudonym].some((each) => each != null);
}

/** Whether an entry stands for its request. */
export function standsForRequest({ record }: Entry): boolean {
  return record === undefined || isFirstPart(record);
}
