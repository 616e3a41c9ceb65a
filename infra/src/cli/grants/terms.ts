import type { Grant, Terms } from "./grant.ts";

/** One term of a grant: where it stands in the registry's answer, what it is called, and how its value reads. */
interface Term {
  path: string;
  title: string;
  value: (terms: Terms) => unknown;
  text: (terms: Terms) => string;
}

const SUBJECTS: Record<string, string> = {
  ANY: "anybody",
  SELF: "the signed-in person and her minor children",
  HOUSEHOLD: "the signed-in person, her minor children and her household",
};

/** All that an owner agrees to beside the scopes. */
export const TERMS: readonly Term[] = [
  {
    path: "validUntil",
    title: "last day",
    value: ({ validUntil }) => validUntil,
    text: ({ validUntil }) => validUntil,
  },
  {
    path: "limits.provinces",
    title: "provinces",
    value: ({ limits }) => limits.provinces,
    text: ({ limits }) => provincesText(limits.provinces),
  },
  {
    path: "limits.subjects",
    title: "whose records",
    value: ({ limits }) => limits.subjects,
    text: ({ limits }) => SUBJECTS[limits.subjects] ?? limits.subjects.toLowerCase(),
  },
  {
    path: "limits.search",
    title: "search",
    value: ({ limits }) => limits.search,
    text: ({ limits }) => (limits.search ? "searches and look-ups" : "look-ups only"),
  },
  {
    path: "limits.linked",
    title: "relations further",
    value: ({ limits }) => limits.linked,
    text: ({ limits }) => String(limits.linked),
  },
  {
    path: "budget.requestsPerSecond",
    title: "requests a second",
    value: ({ budget }) => budget.requestsPerSecond,
    text: ({ budget }) => String(budget.requestsPerSecond),
  },
  {
    path: "budget.costPerMinute",
    title: "cost a minute",
    value: ({ budget }) => budget.costPerMinute,
    text: ({ budget }) => String(budget.costPerMinute),
  },
  {
    path: "operations",
    title: "operations",
    value: ({ operations }) => operations,
    text: ({ operations }) => (operations === "ANY" ? "any" : "registered ones only"),
  },
  {
    path: "demandsActor",
    title: "officer",
    value: ({ demandsActor }) => demandsActor,
    text: ({ demandsActor }) => (demandsActor ? "must be named" : "need not be named"),
  },
  {
    path: "demandsCase",
    title: "case",
    value: ({ demandsCase }) => demandsCase,
    text: ({ demandsCase }) => (demandsCase ? "must be named" : "need not be named"),
  },
  {
    path: "demandsReceipt",
    title: "receipt",
    value: ({ demandsReceipt }) => demandsReceipt,
    text: ({ demandsReceipt }) => (demandsReceipt ? "with every answer" : "where it is asked for"),
  },
];

/** A term that is to become another one. */
export interface Difference {
  /** Where it stands in the registry's answer: `limits.linked`. */
  term: string;
  today: unknown;
  asked: unknown;
}

/** What of a grant's terms would be another one, were its open request approved: of a first request nothing. */
export function differencesOf({ request, ...today }: Grant): Difference[] {
  if (request === null) return [];
  return TERMS.filter((term) => isChanged(term, today, request)).map(({ path, value }) => ({
    term: path,
    today: value(today),
    asked: value(request),
  }));
}

export function isChanged({ value }: Term, today: Terms, asked: Terms): boolean {
  return JSON.stringify(value(today)) !== JSON.stringify(value(asked));
}

/** A code that was meant as of an earlier day is another province today, or went into one. */
function provincesText(provinces: Terms["limits"]["provinces"]): string {
  if (provinces === null) return "the whole country";
  return provinces
    .map(({ code, asOf, current }) =>
      code === current ? code : `${code} as of ${asOf}, today ${current}`,
    )
    .join("; ");
}
