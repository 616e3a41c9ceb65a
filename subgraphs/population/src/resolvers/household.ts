import type { Resolvers } from "@truc/service";
import { citizenByPin, type Household, type HouseholdMember, membersOf } from "../source.ts";
import type { Member } from "./citizen.ts";

export const householdResolvers: Resolvers = {
  Household: {
    async head({ number, headPin }: Household, _, context) {
      return (await context.load(membersOf, number)).findLast(({ pin }) => pin === headPin) ?? null;
    },
    async members({ number, headPin }: Household, { former }: { former: boolean }, context) {
      const all = await context.load(membersOf, number);
      return headFirst(former ? all : all.filter(({ to }) => to === null), headPin);
    },
  },
  HouseholdMember: {
    citizen: ({ pin }: Member, _, context, info) => context.rows(info).load(citizenByPin, pin),
  },
};

function headFirst(members: readonly HouseholdMember[], head: string): HouseholdMember[] {
  return [
    ...members.filter(({ pin }) => pin === head),
    ...members.filter(({ pin }) => pin !== head),
  ];
}
