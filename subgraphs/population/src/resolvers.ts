import type { Resolvers } from "@truc/service";
import { administrativeUnitResolvers } from "./resolvers/administrative-unit.ts";
import { citizenResolvers } from "./resolvers/citizen.ts";
import { householdResolvers } from "./resolvers/household.ts";
import { queryResolvers } from "./resolvers/query.ts";

export const resolvers: Resolvers = {
  ...queryResolvers,
  ...citizenResolvers,
  ...householdResolvers,
  ...administrativeUnitResolvers,
};
