import {
  batchKeys,
  connection,
  type Connection,
  type Resolvers,
  type SubgraphContext,
} from "@truc/service";
import { isDay, isText, pageAfter } from "./page-after.ts";
import { type ParcelFilter, parcelSearch } from "./parcel-search.ts";
import {
  encumbrancesOfParcel,
  findParcelIds,
  type LandUse,
  landUseTypesOn,
  type Parcel,
  parcelByCertificate,
  parcelById,
  type Right,
  rightKey,
  rightsOfCitizen,
  rightsOfCompany,
  rightsOfParcel,
  today,
  usesOfParcel,
} from "./source.ts";

interface PageArguments {
  first?: number | null;
  after?: string | null;
}

/** What the land register answers: its roots, its parcels, and what it adds to citizens and companies. */
export const resolvers: Resolvers = {
  Query: {
    parcel: (_, { id }: { id: string }, context) => context.load(parcelById, id),
    parcels: (_, { ids }: { ids: string[] }, context) =>
      batchKeys("ids", ids).map((id) => context.load(parcelById, id)),
    certificate: async (_, { number }: { number: string }, context) => {
      const parcel = await context.load(parcelByCertificate, number);
      return parcel === null ? null : certificateOf(parcel);
    },
    landRightsOf: (_, { citizen, ...page }: { citizen: string } & PageArguments, context) =>
      rightsPage(rightsOfCitizen, citizen, page, context),
    landRightsOfCompany: (_, { code, ...page }: { code: string } & PageArguments, context) =>
      rightsPage(rightsOfCompany, code, page, context),
    searchParcels: (_, { filter, ...page }: { filter: ParcelFilter } & PageArguments, context) =>
      searchParcels(filter, page, context),
    landUseTypes: (_, { asOf }: { asOf?: string | null }, { db }) =>
      landUseTypesOn(db, asOf ?? today()),
  },

  LandParcel: {
    __resolveReference: ({ id }: { id: string }, context) => context.load(parcelById, id),
    uses: ({ id }: Parcel, _, context): Promise<LandUse[]> => context.load(usesOfParcel, id),
    geometry: ({ geometry }: Parcel) => JSON.parse(geometry),
    certificate: certificateOf,
    rightHolders: ({ id }: Parcel, { asOf = null }: { asOf?: string | null }, context) =>
      context.load(rightsOfParcel, id, { asOf }),
    encumbrances: ({ id }: Parcel, { asOf = null }: { asOf?: string | null }, context) =>
      context.load(encumbrancesOfParcel, id, { asOf }),
  },

  LandParcelConnection: {
    nodes: ({ nodes }: Connection<string>, _, context) =>
      nodes.map((id) => context.load(parcelById, id)),
  },
  LandParcelEdge: {
    node: ({ node }: { node: string }, _, context) => context.load(parcelById, node),
  },

  LandRight: {
    parcel: ({ parcelId }: Right, _, context) => context.load(parcelById, parcelId),
  },

  // Whether the citizen or the company exists is for their own registers to say.
  Citizen: {
    __resolveReference: ({ id }: { id: string }) => ({ id }),
    landRights: ({ id }: { id: string }, page: PageArguments, context) =>
      rightsPage(rightsOfCitizen, id, page, context),
  },
  Company: {
    __resolveReference: ({ code }: { code: string }) => ({ code }),
    landRights: ({ code }: { code: string }, page: PageArguments, context) =>
      rightsPage(rightsOfCompany, code, page, context),
  },
};

/** A parcel's certificate, from which the way back to the parcel costs nothing. */
function certificateOf(parcel: Parcel): (Parcel["certificate"] & { parcel: Parcel }) | null {
  return parcel.certificate === null ? null : { ...parcel.certificate, parcel };
}

async function rightsPage(
  loader: typeof rightsOfCitizen,
  holder: string,
  args: PageArguments,
  context: SubgraphContext,
): Promise<Connection<Right>> {
  const page = pageAfter(args, [isDay, isText]);
  const rows = await context.load(loader, holder, page);
  return connection(rows, page.first, rightKey, page.after);
}

/** Keys only: what the page's parcels hold is read when a field asks for it. */
async function searchParcels(
  filter: ParcelFilter,
  args: PageArguments,
  { db, permit }: SubgraphContext,
): Promise<Connection<string>> {
  const page = pageAfter(args, [isText]);
  const ids = await findParcelIds(db, await parcelSearch(db, filter, permit), page);
  return connection(ids, page.first, (id) => [id], page.after);
}
