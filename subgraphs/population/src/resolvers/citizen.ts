import type { Resolvers, SubgraphContext } from "@truc/service";
import {
  type Citizen,
  childrenOf,
  citizenByPin,
  householdOf,
  type Marriage,
  marriagesOf,
  type Relative,
  relativesOf,
  residenceInForce,
  residencesOf,
} from "../source.ts";

/** FamilyMember and HouseholdMember before their record is looked up: `citizen` is its PIN. */
export interface Member {
  name: string | null;
  pin: string;
}

function familyMember({ relation, name, pin }: Pick<Relative, "relation" | "name" | "pin">) {
  return { relation, name, pin };
}

function relative(relation: string) {
  return async ({ id }: Citizen, _: unknown, context: SubgraphContext) => {
    const found = (await context.load(relativesOf, id)).find((edge) => edge.relation === relation);
    return found === undefined ? null : familyMember(found);
  };
}

function inForce(kind: string) {
  return async ({ id }: Citizen, _: unknown, context: SubgraphContext) =>
    residenceInForce(await context.load(residencesOf, id), kind);
}

function spouseOf({ spouse, name }: Marriage) {
  return familyMember({ relation: "SPOUSE", pin: spouse, name });
}

export const citizenResolvers: Resolvers = {
  Citizen: {
    __resolveReference: ({ id }: { id: string }, { referenceRows }) =>
      referenceRows.load(citizenByPin, id),
    father: relative("FATHER"),
    mother: relative("MOTHER"),
    legalRepresentative: relative("LEGAL_REPRESENTATIVE"),
    async spouse({ id }: Citizen, _, context) {
      const marriage = (await context.load(marriagesOf, id)).findLast(({ to }) => to === null);
      return marriage === undefined ? null : spouseOf(marriage);
    },
    children: async ({ id }: Citizen, _, context) =>
      (await context.load(childrenOf, id)).map(familyMember),
    marriages: ({ id }: Citizen, _, context) => context.load(marriagesOf, id),
    permanentResidence: inForce("PERMANENT"),
    temporaryResidence: inForce("TEMPORARY"),
    currentResidence: inForce("CURRENT"),
    async residences({ id }: Citizen, { kind }: { kind?: string | null }, context) {
      const all = await context.load(residencesOf, id);
      return kind == null ? all : all.filter((residence) => residence.kind === kind);
    },
    household: ({ id }: Citizen, _, context, info) => context.rows(info).load(householdOf, id),
  },
  FamilyMember: {
    citizen: ({ pin }: Member, _, context, info) => context.rows(info).load(citizenByPin, pin),
  },
  Marriage: {
    spouse: spouseOf,
  },
};
