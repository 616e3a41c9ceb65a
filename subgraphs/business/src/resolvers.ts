import { catalogueError } from "@truc/contracts";
import {
  batchKeys,
  connection,
  pageArguments,
  type Resolver,
  type Resolvers,
  type Rows,
  showsLink,
  type SubgraphContext,
} from "@truc/service";
import { type CompanyFilter, companySearch } from "./company-filter.ts";
import {
  branchesOf,
  changesOf,
  companyByCode,
  COMPANY_KEY,
  industriesOf,
  ownersOf,
  representativesOf,
  ROLE_KEY,
  ROLES,
  type RoleRow,
  rolesOf,
  searchCompanies,
  statusesOf,
  type BranchRow,
  type ChangeRow,
  type CompanyRow,
  type IndustryRow,
  type OwnerRow,
  type RepresentativeRow,
  type Role,
  type StatusRow,
} from "./source.ts";

interface PageArguments {
  first?: number | null;
  after?: string | null;
}

interface RoleArguments extends PageArguments {
  role?: Role | null;
}

/** From a citizen to the company that a role is in: a role is seen where its company is. */
const TO_COMPANY = 1;

const ROLE_SCOPES: Record<Role, string> = {
  REPRESENTATIVE: "business:representatives",
  OWNER: "business:owners",
};

/** Where a citizen lives is for another register to say: the link to one stands only within the caller's reach. */
const citizenLink: Resolver = (
  { citizen }: RepresentativeRow | OwnerRow | RoleRow,
  _args,
  context,
  info,
) => (citizen !== null && showsLink(context.rows(info).limit, citizen) ? { id: citizen } : null);

/** How the register's schema is answered out of source.ts. */
export const resolvers: Resolvers = {
  Query: {
    company: (_root, { code }: { code: string }, context, info) =>
      context.rows(info).load(companyByCode, code),
    companies: (_root, { codes }: { codes: string[] }, context, info) => {
      const rows = context.rows(info);
      return batchKeys("codes", codes).map((code) => rows.load(companyByCode, code));
    },
    companiesOf: (_root, args: RoleArguments & { citizen: string }, context, info) =>
      rolesPage(args.citizen, args, context, context.rows(info, TO_COMPANY)),
    async searchCompanies(_root, args: PageArguments & { filter: CompanyFilter }, context, info) {
      const page = pageArguments(args, COMPANY_KEY.length);
      const search = companySearch(args.filter, context.permit);
      const rows = await searchCompanies(context.db, search, context.rows(info).limit, page);
      return connection(
        rows,
        page.first,
        (row) => COMPANY_KEY.map((column) => row[column]),
        page.after,
      );
    },
  },

  Company: {
    __resolveReference: ({ code }: { code: string }, { referenceRows }) =>
      referenceRows.load(companyByCode, code),
    foreignName: (company: CompanyRow) => company.foreign_name,
    shortName: (company: CompanyRow) => company.short_name,
    statusFrom: (company: CompanyRow) => company.status_from,
    headOffice: ({ head_office_commune, head_office_as_of, head_office_line }: CompanyRow) =>
      place(head_office_commune, head_office_as_of, head_office_line),
    mainIndustry: async ({ code }: CompanyRow, _args, context) =>
      (await context.load(industriesOf, code))[0] ?? null,
    industries: ({ code }: CompanyRow, _args, context) => context.load(industriesOf, code),
    charterCapital: (company: CompanyRow) => company.charter_capital,
    statusHistory: ({ code }: CompanyRow, _args, context) => context.load(statusesOf, code),
    branches: ({ code }: CompanyRow, _args, context) => context.load(branchesOf, code),
    changes: ({ code }: CompanyRow, _args, context) => context.load(changesOf, code),
    representatives: ({ code }: CompanyRow, _args, context) =>
      context.load(representativesOf, code),
    owners: ({ code }: CompanyRow, _args, context) => context.load(ownersOf, code),
  },

  CompanyIndustry: {
    main: (line: IndustryRow) => line.position === 0,
  },

  CompanyStatusPeriod: {
    from: (row: StatusRow) => row.valid_from,
    to: (row: StatusRow) => row.valid_to,
  },

  CompanyBranch: {
    place: ({ place_commune, place_as_of, place_line }: BranchRow) =>
      place(place_commune, place_as_of, place_line),
  },

  CompanyChange: {
    on: (row: ChangeRow) => row.changed_on,
    before: (row: ChangeRow, _args, context) => (isOpen(row, context) ? row.before_value : null),
    after: (row: ChangeRow, _args, context) => (isOpen(row, context) ? row.after_value : null),
  },

  CompanyRepresentative: {
    period,
    citizen: citizenLink,
  },

  CompanyOwner: {
    share,
    period,
    citizen: citizenLink,
    company: ({ owner_company }: OwnerRow, _args, context, info) =>
      owner_company === null ? null : context.rows(info).load(companyByCode, owner_company),
  },

  Citizen: {
    // Whoever has no role in a company is still a citizen: whether there is such a person, the population register says.
    __resolveReference: ({ id }: { id: string }) => ({ id }),
    companies: ({ id }: { id: string }, args: RoleArguments, context, info) =>
      rolesPage(id, args, context, context.rows(info, TO_COMPANY)),
  },

  CompanyRole: {
    role: (row: RoleRow) => ROLES[row.role],
    share,
    period,
    company: (row: RoleRow, _args, context, info) =>
      context.rows(info).load(companyByCode, row.company),
    citizen: citizenLink,
  },
};

/** A page of a citizen's roles, of those kinds only that the caller's scopes cover. */
async function rolesPage(
  citizen: string,
  args: RoleArguments,
  { permit }: SubgraphContext,
  companyRows: Rows,
) {
  const page = pageArguments(args, ROLE_KEY.length);
  const covered = ROLES.filter((role) => permit.scopes.includes(ROLE_SCOPES[role]));
  // Whoever has neither scope has been refused before; an empty list would tell of no such roles.
  if (args.role != null && !covered.includes(args.role)) {
    const scope = ROLE_SCOPES[args.role];
    throw catalogueError("UNAUTHORIZED_FIELD_OR_TYPE", {
      sentence: `A citizen's roles of the kind ${args.role} need the scope ${scope}.`,
      extensions: { scopes: [[scope]], argument: "role" },
    });
  }
  const roles = args.role == null ? covered : [args.role];
  const rows = await companyRows.load(rolesOf, citizen, { ...page, roles });
  return connection(rows, page.first, (row) => ROLE_KEY.map((column) => row[column]), page.after);
}

function place(commune: string, asOf: string, line: string) {
  return { unit: { code: commune, asOf }, line };
}

function period(row: { valid_from: string; valid_to: string | null }) {
  return { from: row.valid_from, to: row.valid_to };
}

function share(row: { share_numerator: number | null; share_denominator: number | null }) {
  return row.share_numerator === null
    ? null
    : { numerator: row.share_numerator, denominator: row.share_denominator };
}

/** What a change says of a representative is a representative's data, whatever table it stands in. */
function isOpen(row: ChangeRow, context: SubgraphContext): boolean {
  return (
    row.kind !== "REPRESENTATIVE" || context.permit.scopes.includes(ROLE_SCOPES.REPRESENTATIVE)
  );
}
