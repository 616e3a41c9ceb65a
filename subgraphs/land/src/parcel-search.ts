import { catalogueError, type Permit } from "@truc/contracts";
import { argumentInvalid, type Database, searchForm, searchText } from "@truc/service";
import { communeMeaning, type ParcelSearch } from "./source.ts";

/** The `filter` argument as the schema lets it in. */
export interface ParcelFilter {
  commune?: { code: string; asOf: string } | null;
  sheet?: number | null;
  use?: string | null;
  area?: { min?: number | null; max?: number | null } | null;
  holderName?: string | null;
  encumbered?: boolean | null;
}

/** Conditions whose answer tells more of a parcel than land:parcel opens: by its scope, and as a refusal names it. */
const GUARDED = {
  holderName: { scope: "land:rights", by: "holder's name" },
  encumbered: { scope: "land:encumbrances", by: "encumbrance" },
} as const;

/**
 * Checks the conditions of a search, and looks up what the commune's code meant on its day.
 * @throws GraphQLError ARGUMENT_INVALID naming the condition and its rule; UNAUTHORIZED_FIELD_OR_TYPE where a condition
 * asks for what the caller may not see
 */
export async function parcelSearch(
  db: Database,
  filter: ParcelFilter,
  permit: Permit,
): Promise<ParcelSearch> {
  checkScopes(filter, permit);
  const holderName =
    filter.holderName == null
      ? null
      : searchForm(searchText("filter.holderName", filter.holderName));
  const { min = null, max = null } = filter.area ?? {};
  const { sheet = null } = filter;
  if (holderName === "") throw argumentInvalid("filter.holderName", "a name has at least one word");
  if (!filter.commune && (holderName === null || !holderName.includes(" "))) {
    throw argumentInvalid(
      "filter",
      "a search needs a commune, or a holder's name of two words or more",
    );
  }
  if (sheet !== null && sheet < 1)
    throw argumentInvalid("filter.sheet", "map sheets are numbered from 1");
  if (min !== null && max !== null && min > max) {
    throw argumentInvalid("filter.area", "the smallest area is not above the largest");
  }
  return {
    commune: filter.commune ? await communeOf(db, filter.commune) : null,
    sheet,
    use: filter.use ?? null,
    area: { min, max },
    holderName,
    encumbered: filter.encumbered ?? null,
  };
}

/** Finding parcels by a condition tells that it holds of them. */
function checkScopes(filter: ParcelFilter, permit: Permit): void {
  for (const [condition, { scope, by }] of Object.entries(GUARDED)) {
    if (filter[condition as keyof typeof GUARDED] == null || permit.scopes.includes(scope))
      continue;
    throw catalogueError("UNAUTHORIZED_FIELD_OR_TYPE", {
      sentence: `A search by ${by} needs the scope ${scope}.`,
      extensions: { scopes: [[scope]], argument: `filter.${condition}` },
    });
  }
}

async function communeOf(db: Database, { code, asOf }: { code: string; asOf: string }) {
  if (code.length !== 5)
    throw argumentInvalid("filter.commune.code", "a commune's code has exactly 5 digits");
  const meaning = await communeMeaning(db, code, asOf);
  if (meaning === null)
    throw argumentInvalid("filter.commune", "the code is that of a commune on the day given");
  return meaning;
}
