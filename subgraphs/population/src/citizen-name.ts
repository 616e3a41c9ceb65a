import { searchForm, sortKey } from "@truc/service";

/** The parts of a citizen's name; the middle name may be empty. */
export interface NameParts {
  familyName: string;
  middleName: string;
  givenName: string;
}

/** The columns of `citizen` that follow from a name: what is shown, what is searched and what is sorted by. */
export function nameColumns({ familyName, middleName, givenName }: NameParts) {
  const fullName = [familyName, middleName, givenName].filter((part) => part !== "").join(" ");
  return {
    full_name: fullName,
    full_name_search: searchForm(fullName),
    short_name_search: searchForm(`${familyName} ${givenName}`),
    given_name_search: searchForm(givenName),
    given_name_sort: sortKey(givenName),
    middle_name_sort: sortKey(middleName),
    family_name_sort: sortKey(familyName),
  };
}
