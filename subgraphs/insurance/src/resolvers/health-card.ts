import type { Resolvers } from "@truc/service";
import { cardLevel, cardType, PAID_PERCENT, typeMeaning } from "../health-card-number.ts";
import type { HealthCard } from "../source.ts";
import { citizenLink } from "./citizen-link.ts";

/** Fields of a health card that are read off its number, or put together. */
export const healthCard: Resolvers[string] = {
  holder: citizenLink,
  // Letters of a group that the list does not hold are still on the number.
  type: ({ number }: HealthCard) =>
    typeMeaning(cardType(number)) === null ? null : cardType(number),
  typeMeaning: ({ number }: HealthCard) => typeMeaning(cardType(number)),
  benefitLevel: ({ number }: HealthCard) => cardLevel(number),
  paidPercent: ({ number }: HealthCard) => PAID_PERCENT[cardLevel(number)] ?? null,
  firstClinic: ({ clinicCode, clinicName }: HealthCard) => ({ code: clinicCode, name: clinicName }),
};
