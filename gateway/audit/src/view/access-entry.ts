import { DATA_CLASSES, type DataClass } from "@truc/contracts";
import type { Resolvers } from "@truc/service";
import type { Names, RegistryNames } from "../authority/names.ts";
import type { Entry, Unreadable } from "../log/entry.ts";
import { disclosedFrom } from "../postings/posting-keys.ts";
import type { FieldWords } from "./field-words.ts";

/** The entity whose own log this is. */
export const CITIZEN = "Citizen";

/** AccessLogEntry of the schema, but what accessNames adds; absent where the record cannot be read. */
export interface AccessEntry {
  readonly readable: boolean;
  readonly readAt?: Date;
  readonly visibleSince?: Date;
  readonly agency?: string | null;
  readonly system?: string | null;
  readonly purpose?: string | null;
  readonly legalBasis?: string | null;
  readonly byOfficer?: boolean;
  readonly forCase?: boolean;
  readonly byPerson?: boolean;
  readonly registers?: readonly string[];
  readonly read?: readonly AccessGroup[];
  readonly outcome?: string;
}

export interface AccessGroup {
  readonly type: string;
  readonly label: string | null;
  readonly fields: readonly { coordinate: string; label: string | null; dataClass: DataClass }[];
}

/**
 * What a citizen is shown of a record that names her: who asked and why, and what was asked of citizens in that request.
 * Whatever else stands in the record is about others, or about how much there was of them: their pseudonyms, fields of
 * companies and parcels, refused fields, counts, sizes, officer and case.
 */
export function accessEntry(entry: Entry | Unreadable, words: FieldWords): AccessEntry {
  if (!("record" in entry) || entry.record === undefined) return { readable: false };
  const { record, context } = entry;
  return {
    readable: true,
    readAt: new Date(record.time),
    visibleSince: new Date(disclosedFrom(record.time, context?.disclosureDelayDays ?? 0)),
    agency: context?.agency ?? null,
    system: context?.system ?? null,
    purpose: context?.purpose ?? null,
    legalBasis: context?.legalBasis ?? null,
    byOfficer: record.actor !== undefined,
    forCase: record.case !== undefined,
    byPerson: record.person !== undefined,
    registers: Object.keys(record.asked ?? {}).toSorted(),
    read: groups(context?.fields, words),
    outcome: record.outcome.toUpperCase(),
  };
}

/** What the ids of an entry are called today; asked for by who wants to know it only. */
export function accessNames(names: Pick<RegistryNames, "get">): Resolvers[string] {
  const nameOf = async (kind: keyof Names, id: string | null | undefined) =>
    typeof id === "string" ? ((await names.get())[kind].get(id) ?? null) : null;
  return {
    agencyName: async ({ agency }: AccessEntry) => await nameOf("agencies", agency),
    systemName: async ({ system }: AccessEntry) => await nameOf("systems", system),
    purposeText: async ({ purpose }: AccessEntry) => await nameOf("purposes", purpose),
  };
}

/** By type, the citizen's own first. */
function groups(
  fields: Record<DataClass, readonly string[]> | undefined,
  words: FieldWords,
): AccessGroup[] {
  if (fields === undefined) return [];
  const own = DATA_CLASSES.flatMap((dataClass) =>
    fields[dataClass].map((coordinate) => ({
      type: coordinate.split(".", 1)[0]!,
      coordinate,
      label: words.ofField(coordinate),
      dataClass,
    })),
  ).filter(({ type }) => words.isOf(type, CITIZEN));
  return [...Map.groupBy(own, ({ type }) => type)]
    .map(([type, ofType]) => ({
      type,
      label: words.ofType(type),
      fields: ofType.map(({ type: _type, ...field }) => field).toSorted(byCoordinate),
    }))
    .toSorted((a, b) => Number(b.type === CITIZEN) - Number(a.type === CITIZEN) || byType(a, b));
}

function byType(a: { type: string }, b: { type: string }): number {
  return a.type < b.type ? -1 : 1;
}

function byCoordinate(a: { coordinate: string }, b: { coordinate: string }): number {
  return a.coordinate < b.coordinate ? -1 : 1;
}
