import { dayInVietNam, type GrantBudget, type Limits } from "@truc/contracts";
import { lackingWays } from "../authorize/filter/lacking.ts";
import type { ExplainedField } from "./explained-fields.ts";
import { isWithin, type StandingRights } from "./standing-rights.ts";

/** What the registry gives a minute unless more is asked for, and what it gives at most. */
const USUAL_COST = 1_000_000;
const MAX_COST = 1_000_000_000;
/** How far a grant may let links be followed at most. */
const MAX_LINKED = 3;

/** What the registry's `requestGrant` takes: a first grant, or more of the one there is. */
export interface GrantRequest {
  readonly system: string;
  readonly purpose: string;
  /** All that the grant is to hold, sorted. */
  readonly scopes: readonly string[];
  readonly limits: {
    /** Left out: the whole country. */
    readonly provinces?: readonly { readonly code: string; readonly asOf: string }[];
    readonly subjects: "ANY" | "SELF" | "HOUSEHOLD";
    readonly search: boolean;
    readonly linked: number;
  };
  /** Left out in a first request: what the registry gives unless more is asked for. */
  readonly budget?: Partial<GrantBudget>;
  readonly operations: "ANY" | "REGISTERED";
  readonly demandsActor: boolean;
  readonly demandsCase: boolean;
  readonly demandsReceipt: boolean;
  /** Last day; the first is the day it is asked for. */
  readonly validUntil: string;
}

/** Scopes to be asked for, and those that the purpose does not reach. */
export interface Wanted {
  readonly scopes: ReadonlySet<string>;
  readonly beyondCeiling: readonly string[];
}

/**
 * The fewest scopes that open every refused field within the ceiling. Fields that one way only opens come first; of
 * several ways the one is taken that adds least to those; of equals the shorter, then the first by name.
 */
export function wantedScopes(
  fields: readonly ExplainedField[],
  { scopes: held, ceiling }: StandingRights,
): Wanted {
  const beyond = new Set<string>();
  const within: (readonly (readonly string[])[])[] = [];
  for (const { rules } of fields) {
    const ways = lackingWays(held, rules);
    const reachable = ways.filter((way) => isWithin(ceiling, way));
    if (reachable.length > 0) within.push(reachable);
    else
      for (const scope of shortestFirst(ways)[0] ?? [])
        if (ceiling?.has(scope) === false) beyond.add(scope);
  }
  const scopes = new Set<string>();
  for (const ways of within.toSorted((a, b) => a.length - b.length)) {
    const added = (way: readonly string[]): number =>
      way.filter((scope) => !scopes.has(scope)).length;
    const [best = []] = shortestFirst(ways).toSorted((a, b) => added(a) - added(b));
    for (const scope of best) scopes.add(scope);
  }
  return { scopes, beyondCeiling: [...beyond].toSorted() };
}

function shortestFirst(ways: readonly (readonly string[])[]): (readonly string[])[] {
  return ways.toSorted((a, b) => a.length - b.length || (a.join(" ") < b.join(" ") ? -1 : 1));
}

/** What the operation needs beyond scopes. */
export interface Needs {
  /** Cost of asking it once. */
  readonly cost: number;
  /** Relations it follows from the records it looks up, as distances are counted. */
  readonly relations: number;
  /** Whether it searches. */
  readonly search: boolean;
}

/** What an operation needs, as far as the purpose reaches: more would open nothing. */
export function needsOf(
  fields: readonly ExplainedField[],
  { scopes, ceiling }: StandingRights,
  cost: number,
): Needs {
  const closed = new Set<string>();
  const reached = fields.filter(({ path, rules }) => {
    const isOpen =
      !closed.has(JSON.stringify(path.slice(0, -1))) &&
      lackingWays(scopes, rules).some((way) => isWithin(ceiling, way));
    if (!isOpen) closed.add(JSON.stringify(path));
    return isOpen;
  });
  const relations = Math.max(0, ...reached.map(({ entities }) => entities - 1));
  return { cost, relations, search: reached.some(({ isSearch }) => isSearch) };
}

/**
 * The request that would open what is wanted; null where there is nothing to ask for.
 * @param now decides the day the request is for
 */
export function grantRequest(
  { system, purpose }: { system: string; purpose: string },
  { grant }: StandingRights,
  { scopes: wanted }: Wanted,
  needs: Needs,
  now: Date,
): GrantRequest | null {
  const { cost, search } = needs;
  const linked = Math.min(needs.relations, MAX_LINKED);
  const today = dayInVietNam(now);
  const scopes = [...new Set([...(grant?.scopes ?? []), ...wanted])].toSorted();
  if (grant === undefined)
    return scopes.length === 0
      ? null
      : {
          system,
          purpose,
          scopes,
          limits: { subjects: "ANY", search, linked },
          ...(cost > USUAL_COST && { budget: { costPerMinute: affordable(cost) } }),
          operations: "ANY",
          demandsActor: false,
          demandsCase: false,
          demandsReceipt: false,
          validUntil: yearAfter(today),
        };
  const isAffordable = cost <= grant.budget.costPerMinute;
  const limits = raised(grant.limits, { search, linked });
  const isEnough = limits.search === grant.limits.search && limits.linked === grant.limits.linked;
  if (wanted.size === 0 && isAffordable && isEnough) return null;
  return {
    system,
    purpose,
    scopes,
    limits: limitsAsked(limits, today),
    budget: isAffordable ? grant.budget : { ...grant.budget, costPerMinute: affordable(cost) },
    operations: grant.operations === "any" ? "ANY" : "REGISTERED",
    demandsActor: grant.demandsActor,
    demandsCase: grant.demandsCase,
    demandsReceipt: grant.demandsReceipt,
    validUntil: grant.validUntil,
  };
}

function affordable(cost: number): number {
  return Math.min(cost, MAX_COST);
}

/** A grant's limits with what an operation needs. How far links lead matters only where rows are limited at all. */
function raised(limits: Limits, { search, linked }: Pick<Limits, "search" | "linked">): Limits {
  const isLimited = limits.provinces !== undefined || limits.subjects !== "any";
  return {
    ...limits,
    search: limits.search || search,
    linked: isLimited ? Math.max(limits.linked, linked) : limits.linked,
  };
}

function limitsAsked(
  { provinces, subjects, search, linked }: Limits,
  today: string,
): GrantRequest["limits"] {
  return {
    ...(provinces !== undefined && {
      provinces: provinces.map((code) => ({ code, asOf: today })),
    }),
    subjects: subjects.toUpperCase() as GrantRequest["limits"]["subjects"],
    search,
    linked,
  };
}

/** The same day a year later; what has no such day ends the day before. */
function yearAfter(day: string): string {
  const later = `${Number(day.slice(0, 4)) + 1}${day.slice(4)}`;
  return later.endsWith("-02-29") ? later.replace(/29$/, "28") : later;
}
