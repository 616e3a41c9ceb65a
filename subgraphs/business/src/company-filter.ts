import { catalogueError, type Permit } from "@truc/contracts";
import { argumentInvalid, searchText } from "@truc/service";
import { nameWords } from "./name-words.ts";
import type { CompanySearch } from "./source.ts";

/** The schema's input CompanyFilter. */
export interface CompanyFilter {
  name?: string | null;
  kind?: string | null;
  status?: string | null;
  industry?: string | null;
  province?: string | null;
  commune?: string | null;
  representative?: string | null;
  registeredFrom?: string | null;
  registeredTo?: string | null;
}

const MAX_WORDS = 10;
const REPRESENTATIVES = "business:representatives";

/**
 * Makes a search of a filter.
 * @throws GraphQLError ARGUMENT_INVALID naming `filter` or a part of it; UNAUTHORIZED_FIELD_OR_TYPE where the filter
 * asks for what the caller may not see
 */
export function companySearch(filter: CompanyFilter, permit: Permit): CompanySearch {
  const search: CompanySearch = {
    words: wordsOf(filter.name ?? null),
    kind: filter.kind ?? null,
    status: filter.status ?? null,
    industry: filter.industry ?? null,
    province: filter.province ?? null,
    commune: filter.commune ?? null,
    representative: filter.representative ?? null,
    registeredFrom: filter.registeredFrom ?? null,
    registeredTo: filter.registeredTo ?? null,
  };
  if (search.province !== null && search.province.length !== 2) {
    throw argumentInvalid("filter.province", "a province's code has 2 digits");
  }
  if (search.commune !== null && search.commune.length !== 5) {
    throw argumentInvalid("filter.commune", "a commune's code has 5 digits");
  }
  if (
    search.registeredFrom !== null &&
    search.registeredTo !== null &&
    search.registeredFrom > search.registeredTo
  ) {
    throw argumentInvalid("filter.registeredTo", "a range ends no earlier than it begins");
  }
  const area = search.commune !== null || (search.province !== null && search.industry !== null);
  if (search.words.length === 0 && !area && search.representative === null) {
    throw argumentInvalid(
      "filter",
      "a search needs a name, a commune, a province together with an industry, or a representative",
    );
  }
  // Finding companies by a representative tells who represents them.
  if (search.representative !== null && !permit.scopes.includes(REPRESENTATIVES)) {
    throw catalogueError("UNAUTHORIZED_FIELD_OR_TYPE", {
      sentence: `A search by representative needs the scope ${REPRESENTATIVES}.`,
      extensions: { scopes: [[REPRESENTATIVES]], argument: "filter.representative" },
    });
  }
  return search;
}

function wordsOf(name: string | null): string[] {
  if (name === null) return [];
  const words = nameWords(searchText("filter.name", name));
  if (words.length === 0) {
    throw argumentInvalid(
      "filter.name",
      "a name to search for has a word besides those of the legal form",
    );
  }
  if (words.length > MAX_WORDS) {
    throw argumentInvalid(
      "filter.name",
      `a name to search for has at most ${MAX_WORDS} different words`,
    );
  }
  return words;
}
