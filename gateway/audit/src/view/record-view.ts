import { DATA_CLASSES, type DataClass } from "@truc/contracts";
import type { Entry, Unreadable } from "../log/entry.ts";
import { disclosedFrom } from "../postings/posting-keys.ts";
import type { FieldRules } from "../usage/field-rules.ts";
import type { FieldWords } from "./field-words.ts";
import type { Rights } from "./rights.ts";

/** AuditRecord of the schema; where it cannot be read, id and `unreadable` alone. */
export interface AuditRecordView {
  readonly id: string;
  readonly unreadable?: { from: string; to: string; reason: string };
  readonly request?: string;
  readonly part?: number | null;
  readonly parts?: number | null;
  readonly router?: string;
  readonly sequence?: string;
  readonly time?: Date;
  readonly clockBack?: boolean;
  readonly durationMs?: number;
  readonly agency?: string | null;
  readonly system?: string | null;
  readonly person?: string | null;
  readonly actor?: string | null;
  readonly case?: string | null;
  readonly purpose?: string | null;
  readonly legalBasis?: string | null;
  readonly grant?: string | null;
  readonly disclosedFrom?: Date | null;
  readonly operationName?: string | null;
  readonly operation?: string | null;
  readonly variables?: string | null;
  readonly fields?: readonly { coordinate: string; dataClass: DataClass }[];
  readonly refused?: readonly string[];
  readonly decision?: string | null;
  readonly outcome?: string;
  readonly code?: string | null;
  readonly asked?: readonly { register: string; sent: number; unanswered: number }[];
  readonly subjects?: readonly { type: string; pseudonyms: readonly string[] }[];
  readonly objects?: number | null;
  readonly bytes?: number | null;
}

/** What a record says to somebody, and of which registers. */
interface Reading {
  readonly words: FieldWords;
  readonly rules: FieldRules;
}

/**
 * What somebody is shown of a record: auditors all of it; who is there for some registers, who asked these and what of
 * theirs, and nothing of the others: neither their fields, nor kinds of entities that hers do not know, nor totals.
 */
export function auditRecord(
  entry: Entry | Unreadable,
  position: number,
  rights: Rights,
  reading: Reading,
): AuditRecordView {
  const id = String(position);
  if (!("line" in entry)) {
    const { from, to, reason } = entry;
    return { id, unreadable: { from: String(from), to: String(to), reason } };
  }
  const { record, router, sequence } = entry;
  if (record === undefined)
    return { id, unreadable: { from: id, to: id, reason: "the line is no record" } };
  return {
    id,
    request: record.id,
    part: record.part?.[0] ?? null,
    parts: record.part?.[1] ?? null,
    router,
    sequence: String(sequence),
    time: new Date(record.time),
    clockBack: record.clockBack ?? false,
    durationMs: record.ms,
    person: record.person ?? null,
    actor: record.actor ?? null,
    case: record.case ?? null,
    operation: record.operation ?? null,
    variables: record.variables ?? null,
    outcome: record.outcome.toUpperCase(),
    code: record.code ?? null,
    ...contextView(entry, rights, reading),
    ...countsView(record, rights, reading),
  };
}

function contextView(
  { record, context }: Entry,
  { registers }: Rights,
  { rules }: Reading,
): Partial<AuditRecordView> {
  if (context === undefined) return { fields: [], refused: [] };
  const { agency, system, purpose, legalBasis, grant, operationName } = context;
  const { disclosureDelayDays, decision, fields, refused } = context;
  const concerns = (coordinate: string): boolean =>
    registers === undefined ||
    rules.registersOf(coordinate).some((register) => registers.has(register));
  const delayed = disclosureDelayDays > 0;
  return {
    agency,
    system,
    purpose,
    legalBasis,
    grant,
    operationName,
    // Owners are not told which accesses somebody is not to know of yet: it might be one to themselves.
    disclosedFrom:
      delayed && registers === undefined
        ? new Date(disclosedFrom(record!.time, disclosureDelayDays))
        : null,
    fields: DATA_CLASSES.flatMap((dataClass) =>
      fields[dataClass].filter(concerns).map((coordinate) => ({ coordinate, dataClass })),
    ),
    refused: refused.filter(concerns),
    decision: decision.toUpperCase(),
  };
}

function countsView(
  record: NonNullable<Entry["record"]>,
  { registers }: Rights,
  { words }: Reading,
): Partial<AuditRecordView> {
  const { asked = {}, failed = {}, subjects = {} } = record;
  const knows = (type: string): boolean =>
    registers === undefined ||
    words.registersKnowing(type).some((register) => registers.has(register));
  return {
    asked: Object.entries(asked)
      .filter(([register]) => registers === undefined || registers.has(register))
      .map(([register, sent]) => ({ register, sent, unanswered: failed[register] ?? 0 })),
    subjects: Object.entries(subjects)
      .filter(([type]) => knows(type))
      .map(([type, pseudonyms]) => ({
        type,
        count: pseudonyms.length,
        // An owner could tell by her own access log which pseudonym is hers, and by other ways whose others are.
        pseudonyms: registers === undefined ? pseudonyms : [],
      })),
    objects: registers === undefined ? (record.objects ?? 0) : null,
    bytes: registers === undefined ? record.bytes : null,
  };
}
