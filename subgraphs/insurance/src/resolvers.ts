import { type Resolvers, showsLink } from "@truc/service";
import { citizen } from "./resolvers/citizen.ts";
import { citizenLink } from "./resolvers/citizen-link.ts";
import {
  contributionConnection,
  type ContributionArguments,
} from "./resolvers/contribution-connection.ts";
import { healthCard } from "./resolvers/health-card.ts";
import { profile } from "./resolvers/profile.ts";
import { query } from "./resolvers/query.ts";
import { type Contribution, employerPage } from "./source.ts";

/** From a company to the people whose contributions it paid: a contribution is its employee's record. */
const TO_EMPLOYEE = 1;

export const resolvers: Resolvers = {
  Query: query,
  Citizen: citizen,
  Company: {
    // Every company may be an employer: one without contributions has an empty page, as one that does not exist.
    __resolveReference: ({ code }: { code: string }) => ({ code }),
    contributions: async ({ code }: { code: string }, args: ContributionArguments, context, info) =>
      await contributionConnection(employerPage, code, args, context.rows(info, TO_EMPLOYEE)),
  },
  InsuranceProfile: profile,
  InsuranceContribution: {
    employee: citizenLink,
    // Where a company has its head office is for another register to say.
    employer: ({ employer }: Contribution, _args, context, info) =>
      employer !== null && showsLink(context.rows(info).limit, null) ? { code: employer } : null,
  },
  HealthCard: healthCard,
};
