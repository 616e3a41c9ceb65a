import type { AuditContext, RegistrySnapshot } from "@truc/contracts";
import { type Alternatives, isOpen } from "./alternatives.ts";
import type { FieldRules } from "./field-rules.ts";
import type { Period } from "./period.ts";
import { type ContextSums, fieldsOf } from "./read-sums.ts";

/** How many requests read a field. */
export interface FieldUse {
  readonly coordinate: string;
  readonly requests: number;
}

/** What a granted scope was good for. */
export interface ScopeUse {
  readonly scope: string;
  /** Requests that read at least one of the fields it opens. */
  readonly requests: number;
  readonly used: readonly FieldUse[];
  /** Fields it opens that nobody asked for. */
  readonly unused: readonly string[];
}

/** A grant held against what was done with it. */
export interface GrantUse extends Period {
  readonly grant: string;
  readonly system: string | null;
  readonly agency: string | null;
  readonly purpose: string | null;
  readonly live: boolean;
  readonly requests: number;
  readonly refused: number;
  readonly failed: number;
  readonly objects: number;
  readonly subjects: number;
  readonly bytes: number;
  readonly lastUsed: Date | null;
  readonly fields: readonly FieldUse[];
  readonly scopes: readonly ScopeUse[];
  readonly withdrawable: readonly string[];
}

export interface GrantUseInput {
  readonly id: string;
  readonly period: Period;
  /** As the registry knows it now; undefined for one that has ended. */
  readonly grant: RegistrySnapshot["grants"][number] | undefined;
  /** The system's agency, as the registry knows it. */
  readonly agency: string | undefined;
  readonly sums: readonly ContextSums[];
  /** Of the sums, by digest; and of one that says whose the grant was, where there are no sums. */
  readonly contexts: ReadonlyMap<string, AuditContext>;
  readonly rules: FieldRules;
}

/** Puts together what was granted and what was used. */
export function grantUse(input: GrantUseInput): GrantUse {
  const { id, period, grant, sums, contexts, rules } = input;
  const [some] = contexts.values();
  const { fields, reads } = fieldUses(sums, contexts);
  const granted = grant?.scopes.toSorted() ?? [];
  const total = (name: "requests" | "refused" | "failed" | "objects" | "subjects" | "bytes") =>
    sums.reduce((sum, each) => sum + each[name], 0);
  return {
    grant: id,
    system: grant?.system ?? some?.system ?? null,
    agency: input.agency ?? some?.agency ?? null,
    purpose: grant?.purpose ?? some?.purpose ?? null,
    live: grant !== undefined,
    ...period,
    requests: total("requests"),
    refused: total("refused"),
    failed: total("failed"),
    objects: total("objects"),
    subjects: total("subjects"),
    bytes: total("bytes"),
    lastUsed: latest(sums),
    fields,
    scopes: granted.map((scope) => scopeUse(scope, { granted, fields, reads, rules })),
    withdrawable: withdrawable(granted, fields, rules),
  };
}

/** What one context's requests read, and how many of them did. */
interface Read {
  readonly coordinates: readonly string[];
  readonly requests: number;
}

function fieldUses(
  sums: readonly ContextSums[],
  contexts: ReadonlyMap<string, AuditContext>,
): { fields: FieldUse[]; reads: Read[] } {
  const counts = new Map<string, number>();
  const reads: Read[] = [];
  for (const { digest, requests, refused } of sums) {
    const context = contexts.get(digest);
    // What was refused whole was not read, whatever it asked for.
    const answered = requests - refused;
    if (context === undefined || context.decision === "refused" || answered === 0) continue;
    const coordinates = fieldsOf(context);
    reads.push({ coordinates, requests: answered });
    for (const coordinate of coordinates)
      counts.set(coordinate, (counts.get(coordinate) ?? 0) + answered);
  }
  const fields = [...counts].map(([coordinate, requests]) => ({ coordinate, requests }));
  return { fields: fields.toSorted((a, b) => (a.coordinate < b.coordinate ? -1 : 1)), reads };
}

function scopeUse(
  scope: string,
  all: {
    granted: readonly string[];
    fields: readonly FieldUse[];
    reads: readonly Read[];
    rules: FieldRules;
  },
): ScopeUse {
  const held = new Set(all.granted);
  const opens = new Set(
    [...all.rules.guarded].flatMap(([coordinate, rule]) =>
      opensWith(rule, scope, held) ? [coordinate] : [],
    ),
  );
  const used = all.fields.filter(
    ({ coordinate }) =>
      opens.has(coordinate) || opensWith(all.rules.needed(coordinate), scope, held),
  );
  const names = new Set(used.map(({ coordinate }) => coordinate));
  return {
    scope,
    requests: all.reads
      .filter(({ coordinates }) => coordinates.some((each) => names.has(each)))
      .reduce((sum, { requests }) => sum + requests, 0),
    used,
    unused: [...opens].filter((coordinate) => !names.has(coordinate)),
  };
}

/** Whether a scope is part of a way in that is open to whoever holds these scopes. */
function opensWith(rule: Alternatives, scope: string, held: ReadonlySet<string>): boolean {
  return rule.some((all) => all.includes(scope) && all.every((each) => held.has(each)));
}

/**
 * Scopes that can all be taken away together, and every field that was used stays open. Where a field may be read by
 * one scope or by another, which of the two is left depends on the order, so it is that of their names.
 */
function withdrawable(
  granted: readonly string[],
  fields: readonly FieldUse[],
  rules: FieldRules,
): string[] {
  const kept = new Set(granted);
  // What the present scopes do not open was read under others, and says nothing of these.
  const needs = fields
    .map(({ coordinate }) => rules.needed(coordinate))
    .filter((rule) => isOpen(rule, kept));
  return granted.filter((scope) => {
    kept.delete(scope);
    if (needs.every((rule) => isOpen(rule, kept))) return true;
    kept.add(scope);
    return false;
  });
}

function latest(sums: readonly ContextSums[]): Date | null {
  return sums.reduce<Date | null>(
    (last, each) => (last === null || each.last > last ? each.last : last),
    null,
  );
}
