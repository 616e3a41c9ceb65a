import { GrantBudget, type Limits } from "@truc/contracts";
import * as z from "zod";

/** What a grant may use unless it says otherwise. */
export const DEFAULT_BUDGET: GrantBudget = Object.freeze({
  requestsPerSecond: 100,
  costPerMinute: 1_000_000,
});

/**
 * A province as it was asked for, a code and the day on which it is meant, and the code of the province of today that
 * it is or went into.
 */
export const GrantProvince = z.strictObject({
  code: z.string(),
  asOf: z.string(),
  current: z.string(),
});
export type GrantProvince = z.infer<typeof GrantProvince>;

/** What a grant allows and demands beside its scopes and dates; kept as JSON with a grant and an amendment. */
export const Terms = z.strictObject({
  /** Null: the whole country. */
  provinces: z.array(GrantProvince).nullable(),
  subjects: z.enum(["any", "self", "household"]),
  search: z.boolean(),
  linked: z.int().min(0).max(3),
  budget: GrantBudget,
  operations: z.enum(["any", "registered"]),
  demandsActor: z.boolean(),
  demandsCase: z.boolean(),
  /** Absent in rows that are older than it. */
  demandsReceipt: z.boolean().default(false),
});
export type Terms = z.infer<typeof Terms>;

/** The terms of a grant that names none. */
export const DEFAULT_TERMS: Terms = Object.freeze({
  provinces: null,
  subjects: "any",
  search: true,
  linked: 3,
  budget: DEFAULT_BUDGET,
  operations: "any",
  demandsActor: false,
  demandsCase: false,
  demandsReceipt: false,
});

/** @param text as it stands in a row; null in rows that are older than terms */
export function readTerms(text: string | null): Terms {
  return text === null ? DEFAULT_TERMS : Terms.parse(JSON.parse(text));
}

/** The codes of today's provinces that terms cover, each once, in order; null: the whole country. */
export function currentProvinces({ provinces }: Terms): string[] | null {
  return provinces === null
    ? null
    : [...new Set(provinces.map(({ current }) => current))].toSorted();
}

/** The limits as they stand in permits. */
export function limitsOf(terms: Terms): Limits {
  const { subjects, search, linked } = terms;
  const provinces = currentProvinces(terms);
  return { ...(provinces !== null && { provinces }), subjects, search, linked };
}

const SUBJECTS_REACH = { self: 0, household: 1, any: 2 } as const;

/** Whether everything that `inner` allows is allowed by `outer` too, and everything `outer` demands is demanded. */
export function covers(outer: Terms, inner: Terms): boolean {
  const [allowed, asked] = [currentProvinces(outer), currentProvinces(inner)];
  return (
    (allowed === null || (asked !== null && asked.every((code) => allowed.includes(code)))) &&
    SUBJECTS_REACH[outer.subjects] >= SUBJECTS_REACH[inner.subjects] &&
    (outer.search || !inner.search) &&
    outer.linked >= inner.linked &&
    outer.budget.requestsPerSecond >= inner.budget.requestsPerSecond &&
    outer.budget.costPerMinute >= inner.budget.costPerMinute &&
    (outer.operations === "any" || inner.operations === "registered") &&
    (!outer.demandsActor || inner.demandsActor) &&
    (!outer.demandsCase || inner.demandsCase) &&
    (!outer.demandsReceipt || inner.demandsReceipt)
  );
}
