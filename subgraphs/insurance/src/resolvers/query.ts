import {
  argumentInvalid,
  batchKeys,
  type Connection,
  connection,
  type CursorValue,
  pageArguments,
  type Resolver,
  type Resolvers,
} from "@truc/service";
import type { HealthCardType } from "../health-card-number.ts";
import {
  cardByNumber,
  CARD_SORT,
  citizenPage,
  employerPage,
  findCards,
  type HealthCard,
  profileByNumber,
  profileOf,
} from "../source.ts";
import {
  type ContributionArguments,
  contributionConnection,
  isDay,
} from "./contribution-connection.ts";

interface SearchArguments {
  filter: {
    province: string;
    clinic: string;
    validOn: string;
    type?: HealthCardType | null;
    benefitLevel?: number | null;
  };
  first?: number | null;
  after?: string | null;
}

const searchHealthCards: Resolver = async (
  _root,
  args: SearchArguments,
  context,
  info,
): Promise<Connection<HealthCard>> => {
  const { province, clinic, validOn, type = null, benefitLevel = null } = args.filter;
  if (province.length !== 2)
    throw argumentInvalid("filter.province", "a province has a code of 2 digits");
  if (benefitLevel !== null) {
    if (type === null)
      throw argumentInvalid(
        "filter.benefitLevel",
        "a benefit level is searched together with a type",
      );
    if (benefitLevel < 1 || benefitLevel > 5) {
      throw argumentInvalid("filter.benefitLevel", "a benefit level is a number from 1 to 5");
    }
  }
  const { first, after } = pageArguments(args, CARD_SORT.length);
  checkCursor(after);
  const search = { province, clinic, validOn, type, benefitLevel, first, after };
  const rows = await findCards(context.db, search, context.rows(info).limit);
  return connection(rows, first, (row) => [row.number, row.validFrom], after);
};

/** The register's own roots, which need no other register to answer. */
export const query: Resolvers[string] = {
  insuranceOf: async (_root, args: { citizen: string }, context, info) =>
    await context.rows(info).load(profileOf, args.citizen),
  insuranceProfiles: async (_root, args: { citizens: string[] }, context, info) => {
    const rows = context.rows(info);
    return await Promise.all(
      batchKeys("citizens", args.citizens).map((pin) => rows.load(profileOf, pin)),
    );
  },
  insuranceByNumber: async (_root, args: { number: string }, context, info) =>
    await context.rows(info).load(profileByNumber, args.number),
  healthCard: async (_root, args: { number: string }, context, info) =>
    await context.rows(info).load(cardByNumber, args.number),
  healthCards: async (_root, args: { numbers: string[] }, context, info) => {
    const rows = context.rows(info);
    return await Promise.all(
      batchKeys("numbers", args.numbers).map((number) => rows.load(cardByNumber, number)),
    );
  },
  searchHealthCards,
  contributionsOf: async (
    _root,
    args: ContributionArguments & { company: string },
    context,
    info,
  ) => await contributionConnection(employerPage, args.company, args, context.rows(info)),
  contributionsBy: async (
    _root,
    args: ContributionArguments & { citizen: string },
    context,
    info,
  ) => await contributionConnection(citizenPage, args.citizen, args, context.rows(info)),
};

/** A cursor of this list holds a card number and a day; the frame has checked no more than that it holds two values. */
function checkCursor(after: CursorValue[] | null): void {
  if (after === null) return;
  const [number, from] = after;
  if (typeof number !== "string" || typeof from !== "string" || !isDay(from)) {
    throw argumentInvalid("after", "a cursor is one that an earlier page of the same list gave");
  }
}
