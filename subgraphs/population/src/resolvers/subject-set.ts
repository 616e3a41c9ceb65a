import { dayInVietNam } from "@truc/contracts";
import type { Resolver, Resolvers } from "@truc/service";
import { lastAdultBirthday } from "../coming-of-age.ts";
import { type Citizen, citizenByPin, housematesOf, wardsOf } from "../source.ts";

/** The people a subject set names stand one relation away from whose set it is, as PINs without a type of their own. */
const TO_PERSON = 2;

interface SubjectSet {
  citizen: Citizen;
}

/** The set is no entity, the citizen it belongs to is. */
const TO_OWNER = 1;

/** The root of the same name: null for whoever is not on record, or beyond the limits. */
export const subjectSet: Resolver = async (_, args: { citizen: string }, context, info) => {
  const citizen = await context.rows(info, TO_OWNER).load(citizenByPin, args.citizen);
  return citizen === null ? null : { citizen };
};

export const subjectSetResolvers: Resolvers = {
  SubjectSet: {
    household: ({ citizen }: SubjectSet, _, context, info) =>
      context.rows(info, TO_PERSON).load(housematesOf, citizen.id),
    wards: ({ citizen }: SubjectSet, _, context, info) =>
      context
        .rows(info, TO_PERSON)
        .load(wardsOf, citizen.id, { adult: lastAdultBirthday(dayInVietNam()) }),
  },
};
