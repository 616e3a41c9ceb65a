import { GrantBudget } from "@truc/contracts";
import * as z from "zod";
import { resolveProvince } from "./provinces.ts";
import type { Terms } from "./terms.ts";

/** Where a grant reaches: a two-digit code, and the day on which it is meant. */
const ProvinceOnDay = z.strictObject({ code: z.string().max(5), asOf: z.iso.date() });

/** What of a grant's terms somebody states; the rest stays as it is. */
export const TermsInput = z.strictObject({
  limits: z
    .strictObject({
      /** Null: the whole country. */
      provinces: z.array(ProvinceOnDay).min(1).max(100).nullish(),
      subjects: z.enum(["any", "self", "household"]).optional(),
      search: z.boolean().optional(),
      linked: z.int().min(0).max(3).optional(),
    })
    .optional(),
  budget: GrantBudget.partial().optional(),
  operations: z.enum(["any", "registered"]).optional(),
  demandsActor: z.boolean().optional(),
  demandsCase: z.boolean().optional(),
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
  };
}
