import {
  argumentInvalid,
  batchKeys,
  connection,
  pageArguments,
  type Resolvers,
  searchForm,
  searchText,
} from "@truc/service";
import { type CitizenFilter, selectiveFilter } from "../citizen-filter.ts";
import {
  CITIZEN_CURSOR,
  citizenByPin,
  findCitizens,
  findUnits,
  householdByNumber,
  unitByKey,
  UNIT_SORT,
  type UnitKey,
} from "../source.ts";

interface PageArguments {
  first?: number | null;
  after?: string | null;
}

interface UnitArguments extends PageArguments {
  asOf: string;
  filter?: { name?: string | null; level?: string | null; parent?: string | null } | null;
}

export const queryResolvers: Resolvers[string] = {
  citizen: (_, { id }: { id: string }, context, info) => context.rows(info).load(citizenByPin, id),
  citizens(_, { ids }: { ids: string[] }, context, info) {
    const rows = context.rows(info);
    return Promise.all(batchKeys("ids", ids).map((id) => rows.load(citizenByPin, id)));
  },
  household: (_, { number }: { number: string }, context, info) =>
    context.rows(info).load(householdByNumber, number),
  async searchCitizens(_, args: PageArguments & { filter: CitizenFilter }, context, info) {
    const page = pageArguments(args, CITIZEN_CURSOR.length);
    const filter = selectiveFilter(args.filter, context.permit);
    const found = await findCitizens(context.db, filter, context.rows(info).limit, page);
    return connection(found, page.first, ({ recordNumber }) => [recordNumber], page.after);
  },
  administrativeUnit: (_, { code, asOf }: UnitKey, context) =>
    context.load(unitByKey, { code, asOf }),
  administrativeUnits: (_, { units }: { units: UnitKey[] }, context) =>
    Promise.all(
      batchKeys("units", units).map(({ code, asOf }) => context.load(unitByKey, { code, asOf })),
    ),
  async searchAdministrativeUnits(_, args: UnitArguments, context) {
    const page = pageArguments(args, UNIT_SORT.length);
    const { name = null, level = null, parent = null } = args.filter ?? {};
    if (name !== null && searchForm(searchText("filter.name", name)) === "") {
      throw argumentInvalid("filter", "a unit's name has at least one letter or digit");
    }
    const found = await findUnits(context.db, { asOf: args.asOf, name, level, parent, ...page });
    return connection(found, page.first, ({ nameSort, code }) => [nameSort, code], page.after);
  },
};
