import type { Resolvers } from "@truc/service";
import { benefitsOf, cardsOf, contributionsOf, type Profile, validCard } from "../source.ts";
import { today } from "../today.ts";

/** Fields of a social insurance profile that are not columns of its row. */
export const profile: Resolvers[string] = {
  synthetic: ({ synthetic }: Profile) => Boolean(synthetic),
  holder: ({ pin }: Profile) => ({ id: pin }),
  managingProvince: ({ province, provinceAsOf }: Profile) => ({
    code: province,
    asOf: provinceAsOf,
  }),
  healthCard: async ({ pin }: Profile, _args, context) =>
    validCard(await context.load(cardsOf, pin), today()),
  healthCards: async ({ pin }: Profile, _args, context) => await context.load(cardsOf, pin),
  contributions: async ({ pin }: Profile, _args, context) =>
    await context.load(contributionsOf, pin),
  benefits: async ({ pin }: Profile, _args, context) => await context.load(benefitsOf, pin),
};
