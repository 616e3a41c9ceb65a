import type { Resolvers } from "@truc/service";
import { administrativeUnitResolvers } from "./resolvers/administrative-unit.ts";
import { citizenResolvers } from "./resolvers/citizen.ts";
import { householdResolvers } from "./resolvers/household.ts";
import { queryResolvers } from "./resolvers/query.ts";
import { subjectSet, subjectSetResolvers } from "./resolvers/subject-set.ts";

export const resolvers: Resolvers = {
  Query: { ...queryResolvers, subjectSet },
  ...citizenResolvers,
  ...householdResolvers,
  ...administrativeUnitResolvers,
  ...subjectSetResolvers,
};
