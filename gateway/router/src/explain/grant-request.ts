import { dayInVietNam, type GrantBudget } from "@truc/contracts";
import { lackingWays } from "../authorize/filter/lacking.ts";
import type { Grant } from "../registry/registry.ts";
import type { ExplainedField } from "./explained-fields.ts";
import type { StandingRights } from "./standing-rights.ts";

/** What the registry gives a minute unless more is asked for, and what it gives at most. */
const USUAL_COST = 1_000_000;
const MAX_COST = 1_000_000_000;

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
    const reachable = ways.filter((way) => way.every((scope) => ceiling?.has(scope) !== false));
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
  /** Relations it follows. */
  readonly relations: number;
}

/**
 * The request that would open what is wanted; null where there is nothing to ask for.
 * @param now decides the day the request is for
 */
export function grantRequest(
  { system, purpose }: { system: string; purpose: string },
  { grant }: StandingRights,
  { scopes: wanted }: Wanted,
  { cost, relations }: Needs,
  now: Date,
): GrantRequest | null {
  const today = dayInVietNam(now);
  const scopes = [...new Set([...(grant?.scopes ?? []), ...wanted])].toSorted();
  if (grant === undefined)
    return scopes.length === 0
      ? null
      : {
          system,
          purpose,
          scopes,
          limits: { subjects: "ANY", search: false, linked: Math.min(relations, 3) },
          ...(cost > USUAL_COST && { budget: { costPerMinute: affordable(cost) } }),
          operations: "ANY",
          demandsActor: false,
          demandsCase: false,
          validUntil: yearAfter(today),
        };
  const isAffordable = cost <= grant.budget.costPerMinute;
  if (wanted.size === 0 && isAffordable) return null;
  return {
    system,
    purpose,
    scopes,
    limits: limitsOf(grant, today),
    budget: isAffordable ? grant.budget : { ...grant.budget, costPerMinute: affordable(cost) },
    operations: grant.operations === "any" ? "ANY" : "REGISTERED",
    demandsActor: grant.demandsActor,
    demandsCase: grant.demandsCase,
    validUntil: grant.validUntil,
  };
}

function affordable(cost: number): number {
  return Math.min(cost, MAX_COST);
}

function limitsOf({ limits }: Grant, today: string): GrantRequest["limits"] {
  const { provinces, subjects, search, linked } = limits;
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
