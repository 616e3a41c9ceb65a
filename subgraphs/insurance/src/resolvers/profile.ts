import { dayInVietNam } from "@truc/contracts";
import type { Resolvers } from "@truc/service";
import { benefitsOf, cardsOf, contributionsOf, type Profile, validCard } from "../source.ts";
import { citizenLink } from "./citizen-link.ts";

/** Fields of a social insurance profile that are not columns of its row. */
export const profile: Resolvers[string] = {
  synthetic: ({ synthetic }: Profile) => Boolean(synthetic),
  holder: citizenLink,
  managingProvince: ({ province, provinceAsOf }: Profile) => ({
    code: province,
    asOf: provinceAsOf,
  }),
  healthCard: async ({ pin }: Profile, _args, context, info) =>
    validCard(await context.rows(info).load(cardsOf, pin), dayInVietNam()),
  healthCards: async ({ pin }: Profile, _args, context, info) =>
    await context.rows(info).load(cardsOf, pin),
  contributions: async ({ pin }: Profile, _args, context, info) =>
    await context.rows(info).load(contributionsOf, pin),
  benefits: async ({ pin }: Profile, _args, context, info) =>
    await context.rows(info).load(benefitsOf, pin),
};
