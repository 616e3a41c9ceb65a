import * as z from "zod";
import { Day, wholeNumber } from "./plain-forms.ts";
import { resolveProvince } from "./provinces.ts";
import type { Terms } from "./terms.ts";

/** Where a grant reaches: a two-digit code, and the day on which it is meant. */
const ProvinceOnDay = z.strictObject({
  code: z.string().max(5, "a province's code has two digits"),
  asOf: Day,
});

const PROVINCES = "name 1 to 100 provinces, or none for the whole country";

const BudgetInput = z.strictObject({
  requestsPerSecond: wholeNumber("requestsPerSecond", 1, 100_000).optional(),
  costPerMinute: wholeNumber("costPerMinute", 1, 1_000_000_000).optional(),
});

/** What of a grant's terms somebody states; the rest stays as it is. */
export const TermsInput = z.strictObject({
  limits: z
    .strictObject({
      /** Null: the whole country. */
      provinces: z.array(ProvinceOnDay).min(1, PROVINCES).max(100, PROVINCES).nullish(),
      subjects: z.enum(["any", "self", "household"]).optional(),
      search: z.boolean().optional(),
      linked: wholeNumber("linked", 0, 3).optional(),
    })
    .optional(),
  budget: BudgetInput.optional(),
  operations: z.enum(["any", "registered"]).optional(),
  demandsActor: z.boolean().optional(),
  demandsCase: z.boolean().optional(),
  demandsReceipt: z.boolean().optional(),
});
export type TermsInput = z.input<typeof TermsInput>;

/**
 * @param stated what was read with {@link TermsInput}
 * @param base what stands where nothing is stated
 * @throws REGISTRY_PROVINCE_UNKNOWN
 */
export function termsFrom(stated: z.output<typeof TermsInput>, base: Terms): Terms {
  const { limits = {}, budget = {} } = stated;
  return {
    provinces:
      limits.provinces === undefined
        ? base.provinces
        : (limits.provinces?.map(resolveProvince) ?? null),
    subjects: limits.subjects ?? base.subjects,
    search: limits.search ?? base.search,
    linked: limits.linked ?? base.linked,
    budget: {
      requestsPerSecond: budget.requestsPerSecond ?? base.budget.requestsPerSecond,
      costPerMinute: budget.costPerMinute ?? base.budget.costPerMinute,
    },
    operations: stated.operations ?? base.operations,
    demandsActor: stated.demandsActor ?? base.demandsActor,
    demandsCase: stated.demandsCase ?? base.demandsCase,
    demandsReceipt: stated.demandsReceipt ?? base.demandsReceipt,
  };
}
