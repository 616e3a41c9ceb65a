import { dayInVietNam } from "@truc/contracts";
import {
  batchKeys,
  connection,
  type Connection,
  type Resolver,
  type Resolvers,
  type Rows,
  showsLink,
} from "@truc/service";
import { isDay, isText, pageAfter } from "./page-after.ts";
import { type ParcelFilter, parcelSearch } from "./parcel-search.ts";
import {
  type Encumbrance,
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
  usesOfParcel,
} from "./source.ts";

interface PageArguments {
  first?: number | null;
  after?: string | null;
}

/** From a holder to the parcel that a right is in: a right is seen where its parcel is. */
const TO_PARCEL = 1;

/** Who a citizen is, and where, is for another register to say: the link to it stands only within the caller's reach. */
const citizenLink: Resolver = ({ citizen }: Right, _, context, info) =>
  citizen !== null && showsLink(context.rows(info).limit, citizen.id) ? citizen : null;

const companyLink: Resolver = ({ company }: Right | Encumbrance, _, context, info) =>
  company !== null && showsLink(context.rows(info).limit, null) ? company : null;

/** Keys only: what the page's parcels hold is read when a field asks for it. */
const searchParcels: Resolver = async (
  _root,
  { filter, ...args }: { filter: ParcelFilter } & PageArguments,
  context,
  info,
): Promise<Connection<string>> => {
  const { db, permit } = context;
  const page = pageAfter(args, [isText]);
  const search = await parcelSearch(db, filter, permit);
  const ids = await findParcelIds(db, search, context.rows(info).limit, page);
  return connection(ids, page.first, (id) => [id], page.after);
};

/** What the land register answers: its roots, its parcels, and what it adds to citizens and companies. */
export const resolvers: Resolvers = {
  Query: {
    parcel: (_, { id }: { id: string }, context, info) => context.rows(info).load(parcelById, id),
    parcels: (_, { ids }: { ids: string[] }, context, info) => {
      const rows = context.rows(info);
      return batchKeys("ids", ids).map((id) => rows.load(parcelById, id));
    },
    certificate: async (_, { number }: { number: string }, context, info) => {
      const parcel = await context.rows(info).load(parcelByCertificate, number);
      return parcel === null ? null : certificateOf(parcel);
    },
    landRightsOf: (_, { citizen, ...page }: { citizen: string } & PageArguments, context, info) =>
      rightsPage(rightsOfCitizen, citizen, page, context.rows(info, TO_PARCEL)),
    landRightsOfCompany: (_, { code, ...page }: { code: string } & PageArguments, context, info) =>
      rightsPage(rightsOfCompany, code, page, context.rows(info, TO_PARCEL)),
    searchParcels,
    landUseTypes: (_, { asOf }: { asOf?: string | null }, { db }) =>
      landUseTypesOn(db, asOf ?? dayInVietNam()),
  },

  LandParcel: {
    __resolveReference: ({ id }: { id: string }, { referenceRows }) =>
      referenceRows.load(parcelById, id),
    uses: ({ id }: Parcel, _, context): Promise<LandUse[]> => context.load(usesOfParcel, id),
    geometry: ({ geometry }: Parcel) => JSON.parse(geometry),
    certificate: certificateOf,
    rightHolders: ({ id }: Parcel, { asOf = null }: { asOf?: string | null }, context) =>
      context.load(rightsOfParcel, id, { asOf }),
    encumbrances: ({ id }: Parcel, { asOf = null }: { asOf?: string | null }, context) =>
      context.load(encumbrancesOfParcel, id, { asOf }),
  },

  LandParcelConnection: {
    nodes: ({ nodes }: Connection<string>, _, context, info) => {
      const rows = context.rows(info);
      return nodes.map((id) => rows.load(parcelById, id));
    },
  },
  LandParcelEdge: {
    node: ({ node }: { node: string }, _, context, info) =>
      context.rows(info).load(parcelById, node),
  },

  RightHolder: { citizen: citizenLink, company: companyLink },
  Encumbrance: { company: companyLink },

  LandRight: {
    parcel: ({ parcelId }: Right, _, context, info) =>
      context.rows(info).load(parcelById, parcelId),
    citizen: citizenLink,
    company: companyLink,
  },

  // Whether the citizen or the company exists is for their own registers to say.
  Citizen: {
    __resolveReference: ({ id }: { id: string }) => ({ id }),
    landRights: ({ id }: { id: string }, page: PageArguments, context, info) =>
      rightsPage(rightsOfCitizen, id, page, context.rows(info, TO_PARCEL)),
  },
  Company: {
    __resolveReference: ({ code }: { code: string }) => ({ code }),
    landRights: ({ code }: { code: string }, page: PageArguments, context, info) =>
      rightsPage(rightsOfCompany, code, page, context.rows(info, TO_PARCEL)),
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
  parcelRows: Rows,
): Promise<Connection<Right>> {
  const page = pageAfter(args, [isDay, isText]);
  const rows = await parcelRows.load(loader, holder, page);
  return connection(rows, page.first, rightKey, page.after);
}
