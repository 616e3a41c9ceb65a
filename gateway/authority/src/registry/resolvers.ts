import {
  argumentInvalid,
  connection,
  pageArguments,
  type Resolver,
  type Resolvers,
  type SubgraphContext,
} from "@truc/service";
import {
  agencyById,
  type AgencyView,
  keysOfSystem,
  readAgencies,
  readSystems,
  redirectUrisOfSystem,
  systemById,
  systemsOfAgency,
  type SystemView,
} from "./view/agencies.ts";
import {
  ceilingOf,
  purposeByCode,
  type PurposeView,
  readPurposes,
  readScopes,
  scopeByName,
  scopesOfOwner,
} from "./view/catalogue.ts";
import {
  amendmentOfGrant,
  findGrants,
  grantById,
  type GrantFilter,
  grantKey,
  type OpenRequestView,
  firstRequestOf,
  type GrantView,
  scopesOfAmendment,
  scopesOfGrant,
  suspensionsOfGrant,
} from "./view/grants.ts";
import { historyOfGrant, readHistory } from "./view/history.ts";
import { operationsOfGrant, readOperations } from "./view/operations.ts";
import { readPending } from "./view/pending.ts";
import { personById, type PersonView, readPeople, rolesOfPerson } from "./view/people.ts";
import {
  proposalOfPerson,
  type ProposalView,
  proposedRoles,
  readProposals,
} from "./view/role-proposals.ts";
import { fromEnum } from "./view/spelling.ts";
import { findPerson, viewerOf } from "./view/viewer.ts";

type Keyed<K extends string> = Record<K, string | null>;

const agency =
  <K extends string>(key: K): Resolver =>
  async (parent: Keyed<K>, _, context) =>
    parent[key] === null
      ? null
      : await context.load(agencyById, parent[key], await viewerOf(context));
const agencies =
  <K extends string>(key: K): Resolver =>
  async (parent: Record<K, string[]>, _, context) => {
    const viewer = await viewerOf(context);
    return parent[key].map((id) => context.load(agencyById, id, viewer));
  };
const system =
  <K extends string>(key: K): Resolver =>
  async (parent: Record<K, string>, _, context) =>
    await context.load(systemById, parent[key], await viewerOf(context));
const person =
  <K extends string>(key: K): Resolver =>
  async (parent: Keyed<K>, _, context) =>
    parent[key] === null
      ? null
      : await context.load(personById, parent[key], await viewerOf(context));
const grant =
  <K extends string>(key: K): Resolver =>
  async (parent: Record<K, string>, _, context) =>
    await context.load(grantById, parent[key], await viewerOf(context));

/** What the registry answers, each caller as far as she may see it. */
export const queries: Resolvers = {
  Query: {
    me: (_, __, { permit }) => (permit.self === undefined ? null : { id: permit.self }),
    agencies: async (_, __, context) => await readAgencies(context.db, await viewerOf(context)),
    agency: async (_, { id }: { id: string }, context) =>
      await context.load(agencyById, id, await viewerOf(context)),
    systems: async (_, args: { agency?: string | null }, context) =>
      await readSystems(
        context.db,
        await viewerOf(context),
        args.agency == null ? {} : { agencies: [args.agency] },
      ),
    system: async (_, { id }: { id: string }, context) =>
      await context.load(systemById, id, await viewerOf(context)),
    people: async (_, __, context) => await readPeople(context.db, await viewerOf(context)),
    person: async (_, { id }: { id?: string | null }, context) =>
      await findOne(id ?? null, context),
    scopes: async (_, __, context) => await readScopes(context.db, await viewerOf(context)),
    purposes: async (_, __, context) => await readPurposes(context.db, await viewerOf(context)),
    purpose: async (_, { code }: { code: string }, context) =>
      await context.load(purposeByCode, code, await viewerOf(context)),
    grants: async (_, args: GrantsArguments, context) => await grantsPage(args, context),
    grant: async (_, { id }: { id: string }, context) =>
      await context.load(grantById, id, await viewerOf(context)),
    pendingApprovals: async (_, __, context) =>
      await readPending(context.db, await viewerOf(context)),
    roleProposals: async (_, __, context) =>
      await readProposals(context.db, await viewerOf(context)),
    history: async (_, args: { kind?: string | null; id?: string | null }, context) => {
      if (args.id != null && args.kind == null)
        throw argumentInvalid("id", "an id is looked for among things of one kind: state the kind");
      const kind = args.kind == null ? null : fromEnum(args.kind);
      return await readHistory(context.db, await viewerOf(context), { kind, id: args.id ?? null });
    },
    registeredOperations: async (_, args: { agency?: string | null }, context) =>
      await readOperations(context.db, await viewerOf(context), args),
  },
  Agency: {
    __resolveReference: async ({ id }: { id: string }, context) =>
      await context.load(agencyById, id, await viewerOf(context)),
    owns: async ({ id }: AgencyView, _, context) => await context.load(scopesOfOwner, id),
    systems: async ({ id }: AgencyView, _, context) =>
      await context.load(systemsOfAgency, id, await viewerOf(context)),
  },
  System: {
    __resolveReference: async ({ id }: { id: string }, context) =>
      await context.load(systemById, id, await viewerOf(context)),
    agency: agency("agencyId"),
    keys: async ({ id }: SystemView, _, context) => await context.load(keysOfSystem, id),
    redirectUris: async ({ id }: SystemView, _, context) =>
      await context.load(redirectUrisOfSystem, id),
  },
  Person: {
    __resolveReference: async ({ id }: { id: string }, context) =>
      await context.load(personById, id, await viewerOf(context)),
    roles: async ({ id }: PersonView, _, context) => await context.load(rolesOfPerson, id),
    proposal: async ({ id }: PersonView, _, context) =>
      await context.load(proposalOfPerson, id, await viewerOf(context)),
  },
  RoleProposal: {
    person: person("personId"),
    roles: ({ roles }: ProposalView) => proposedRoles(roles),
    before: ({ before }: ProposalView) => proposedRoles(before),
    proposedBy: person("proposedById"),
  },
  PersonRole: { agency: agency("agencyId") },
  Scope: { owner: agency("ownerId") },
  Purpose: {
    __resolveReference: async ({ code }: { code: string }, context) =>
      await context.load(purposeByCode, code, await viewerOf(context)),
    ceiling: async ({ code }: PurposeView, _, context) =>
      (await context.load(ceilingOf, code)).map((name) => context.load(scopeByName, name)),
  },
  Grant: {
    __resolveReference: async ({ id }: { id: string }, context) =>
      await context.load(grantById, id, await viewerOf(context)),
    system: system("systemId"),
    purpose: async ({ purposeCode }: GrantView, _, context) =>
      await context.load(purposeByCode, purposeCode, await viewerOf(context)),
    scopes: async ({ id }: GrantView, _, context) => await context.load(scopesOfGrant, id),
    requestedBy: person("requestedById"),
    request: async (parent: GrantView, _, context) =>
      firstRequestOf(parent, await context.load(scopesOfGrant, parent.id)) ??
      (await context.load(amendmentOfGrant, parent.id)),
    amendment: async ({ id }: GrantView, _, context) => await context.load(amendmentOfGrant, id),
    registered: async ({ id }: GrantView, _, context) => await context.load(operationsOfGrant, id),
    suspensions: async ({ id }: GrantView, _, context) =>
      await context.load(suspensionsOfGrant, id),
    history: async ({ id }: GrantView, _, context) => await context.load(historyOfGrant, id),
  },
  GrantScope: {
    scope: async ({ scopeName }: { scopeName: string }, _, context) =>
      await context.load(scopeByName, scopeName),
    decidedBy: person("decidedById"),
  },
  OpenRequest: {
    scopes: async ({ id, isAmendment }: OpenRequestView, _, context) =>
      await context.load(isAmendment ? scopesOfAmendment : scopesOfGrant, id),
    requestedBy: person("requestedById"),
  },
  OperationDecision: {
    owner: agency("ownerId"),
    decidedBy: person("decidedById"),
    awaited: agencies("awaitedIds"),
  },
  Suspension: { agency: agency("agencyId"), person: person("personId") },
  RegisteredOperation: {
    agency: agency("agencyId"),
    registeredBy: person("registeredById"),
    owners: agencies("ownerIds"),
  },
  PendingApproval: {
    grant: grant("grantId"),
    scopes: async ({ scopeNames }: { scopeNames: string[] }, _, context) =>
      scopeNames.map((name) => context.load(scopeByName, name)),
    requestedBy: person("requestedById"),
  },
  HistoryEntry: { person: person("personId") },
};

/** @param id the caller's own when null */
async function findOne(id: string | null, context: SubgraphContext): Promise<PersonView | null> {
  const { db, permit } = context;
  const own = permit.person === undefined ? undefined : await findPerson(db, permit.person);
  const wanted = id ?? own;
  if (wanted === undefined) return null;
  const found = await context.load(personById, wanted, await viewerOf(context));
  if (found !== null || wanted !== own) return found;
  // Everybody sees what the registry holds of herself.
  return await context.load(personById, wanted, { all: true, owners: [], agencies: [] });
}

interface GrantsArguments {
  filter?: (Omit<GrantFilter, "status"> & { status?: string | null }) | null;
  first?: number | null;
  after?: string | null;
}

async function grantsPage({ filter, ...args }: GrantsArguments, context: SubgraphContext) {
  const page = pageArguments(args, 3);
  if (page.after?.some((value) => typeof value !== "string"))
    throw argumentInvalid("after", "a cursor is one that an earlier page of the same list gave");
  const { status, ...conditions } = filter ?? {};
  const spelled = status == null ? null : (fromEnum(status) as NonNullable<GrantFilter["status"]>);
  const rows = await findGrants(
    context.db,
    await viewerOf(context),
    { ...conditions, status: spelled },
    page,
  );
  return connection(rows, page.first, grantKey, page.after);
}
