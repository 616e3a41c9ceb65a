import type { Resolvers } from "@truc/service";
import { citizen } from "./resolvers/citizen.ts";
import {
  contributionConnection,
  type ContributionArguments,
} from "./resolvers/contribution-connection.ts";
import { healthCard } from "./resolvers/health-card.ts";
import { profile } from "./resolvers/profile.ts";
import { query } from "./resolvers/query.ts";
import { type Contribution, employerPage } from "./source.ts";

export const resolvers: Resolvers = {
  Query: query,
  Citizen: citizen,
  Company: {
    // Every company may be an employer: one without contributions has an empty page, as one that does not exist.
    __resolveReference: ({ code }: { code: string }) => ({ code }),
    contributions: async ({ code }: { code: string }, args: ContributionArguments, context) =>
      await contributionConnection(employerPage, code, args, context),
  },
  InsuranceProfile: profile,
  InsuranceContribution: {
    employee: ({ pin }: Contribution) => ({ id: pin }),
    employer: ({ employer }: Contribution) => (employer === null ? null : { code: employer }),
  },
  HealthCard: healthCard,
};
