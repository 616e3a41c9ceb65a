import { dayInVietNam } from "@truc/contracts";
import type { Resolvers } from "@truc/service";
import { healthCardEntitlement } from "../health-card-entitlement.ts";
import { cardsOf, profileOf, validCard } from "../source.ts";

/** A citizen as the router represents one; the population register's facts only where a field requires them. */
interface CitizenReference {
  id: string;
  birthDate?: string | null;
  residenceProvince?: string | null;
}

/** Fields that this register adds to a citizen. A person whom it does not know has them empty. */
export const citizen: Resolvers[string] = {
  // A newborn is entitled to a card before the register has heard of the child, so that every PIN is a citizen here.
  __resolveReference: (reference: CitizenReference) => reference,
  insurance: async ({ id }: CitizenReference, _args, context, info) =>
    await context.rows(info).load(profileOf, id),
  healthCard: async ({ id }: CitizenReference, _args, context, info) =>
    validCard(await context.rows(info).load(cardsOf, id), dayInVietNam()),
  healthCards: async ({ id }: CitizenReference, _args, context, info) =>
    await context.rows(info).load(cardsOf, id),
  healthCardEntitlement: (
    { birthDate = null, residenceProvince = null }: CitizenReference,
    { on }: { on?: string | null },
  ) => healthCardEntitlement({ birthDate, residenceProvince }, on ?? dayInVietNam()),
};
