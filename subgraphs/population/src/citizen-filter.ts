import { catalogueError, type Permit } from "@truc/contracts";
import { argumentInvalid, searchForm, searchText } from "@truc/service";

/** CitizenFilter as it arrives; see schema.graphql. */
export interface CitizenFilter {
  name?: string | null;
  birthDate?: { from: string; to: string } | null;
  province?: string | null;
  commune?: string | null;
  householdNumber?: string | null;
}

/** A filter that singles people out; made only by {@link selectiveFilter}. */
export interface SelectiveFilter {
  /** The name's search form, and whether it has more than one word. */
  name: { form: string; whole: boolean } | null;
  birthDate: { from: string; to: string } | null;
  province: string | null;
  commune: string | null;
  householdNumber: string | null;
}

const MAX_BIRTH_YEARS_WITH_NAME = 5;

const RESIDENCE = "population:residence";

const RULE =
  "a search for citizens needs a name of at least two words with a commune or with birth dates at most five years apart, " +
  "or an exact birth date with a commune or province, or a household number";

/**
 * Reads a filter and holds it against the rule that nobody lists the population.
 * @throws GraphQLError ARGUMENT_INVALID naming the rule; UNAUTHORIZED_FIELD_OR_TYPE where the filter asks for what the
 * caller may not see
 */
export function selectiveFilter(filter: CitizenFilter, permit: Permit): SelectiveFilter {
  const { birthDate = null, province = null, commune = null, householdNumber = null } = filter;
  const name = filter.name == null ? null : nameOf(filter.name);
  if (birthDate !== null && birthDate.from > birthDate.to) {
    throw argumentInvalid("filter", "a range of birth dates begins no later than it ends");
  }
  if (province !== null && province.length !== 2)
    throw argumentInvalid("filter", "a province's code has 2 digits");
  if (commune !== null && commune.length !== 5)
    throw argumentInvalid("filter", "a commune's code has 5 digits");
  const read = { name, birthDate, province, commune, householdNumber };
  if (!isSelective(read)) throw argumentInvalid("filter", RULE);
  refuseUnseenHome(read, permit);
  return read;
}

/** Finding people by where they live, or with whom, tells just that. */
function refuseUnseenHome(
  { province, commune, householdNumber }: SelectiveFilter,
  permit: Permit,
): void {
  if (permit.scopes.includes(RESIDENCE)) return;
  for (const [argument, asked, what] of [
    ["filter.province", province, "province"],
    ["filter.commune", commune, "commune"],
    ["filter.householdNumber", householdNumber, "household number"],
  ] as const) {
    if (asked === null) continue;
    throw catalogueError("UNAUTHORIZED_FIELD_OR_TYPE", {
      sentence: `A search by ${what} needs the scope ${RESIDENCE}.`,
      extensions: { scopes: [[RESIDENCE]], argument },
    });
  }
}

function isSelective({
  name,
  birthDate,
  province,
  commune,
  householdNumber,
}: SelectiveFilter): boolean {
  if (householdNumber !== null) return true;
  const exact = birthDate !== null && birthDate.from === birthDate.to;
  if (exact && (commune !== null || province !== null)) return true;
  if (name === null || !name.whole) return false;
  return (
    commune !== null || (birthDate !== null && yearsApart(birthDate) <= MAX_BIRTH_YEARS_WITH_NAME)
  );
}

function nameOf(text: string): { form: string; whole: boolean } {
  const form = searchForm(searchText("filter.name", text));
  if (!/[\p{L}\p{N}]/u.test(form))
    throw argumentInvalid("filter", "a name has at least one letter");
  return { form, whole: form.includes(" ") };
}

/** Whole years between two days, a day more counting as a further year. */
function yearsApart({ from, to }: { from: string; to: string }): number {
  const years = Number(to.slice(0, 4)) - Number(from.slice(0, 4));
  return to.slice(5) > from.slice(5) ? years + 1 : years;
}
