import { afterKey, type Database, type Page, type RowLimit, withinPins } from "@truc/service";
import { type ExpressionBuilder, type SelectQueryBuilder, sql } from "kysely";
import { companyColumns, companyRow, type CompanyRow } from "./company.ts";
import { withinLimit } from "./within-limit.ts";

/** What companies searched for have in common; at least one of the ways in (see enter) is open. */
export interface CompanySearch {
  /** Whole words in search form. */
  words: readonly string[];
  kind: string | null;
  status: string | null;
  industry: string | null;
  /** Today's codes. */
  province: string | null;
  commune: string | null;
  representative: string | null;
  registeredFrom: string | null;
  registeredTo: string | null;
}

/** The columns that order companies found and make their cursors. */
export const COMPANY_KEY = ["name_sort", "code"] as const satisfies readonly (keyof CompanyRow)[];

// The tables differ by the way in; what they have in common is the company's columns.
type Query = SelectQueryBuilder<any, any, any>;
type Conditions = ExpressionBuilder<any, any>;

/**
 * A page of the companies within the limit that fit, one row more where more follow. The statement enters through one
 * index, the most selective one the search allows, which also gives the order; everything else narrows what comes out
 * of it.
 */
export async function searchCompanies(
  db: Database,
  search: CompanySearch,
  limit: RowLimit,
  page: Page,
): Promise<CompanyRow[]> {
  const { query, order, place, rest } = enter(db, search, limit, await entryWord(db, search));
  // MariaDB's planner does not weigh that a page is short: told nothing, it reads all companies for a common word.
  const entered = db.dialect === "mariadb" ? query.modifyFront(sql`straight_join`) : query;
  const rows = await narrow(entered, rest)
    .where(withinLimit(limit, place))
    .select(companyColumns("company"))
    .where(afterKey(order, page.after))
    .orderBy(order[0])
    .orderBy(order[1])
    .limit(page.first + 1)
    .execute();
  return (rows as CompanyRow[]).map(companyRow);
}

interface Entry {
  query: Query;
  /** The columns that hold the order where the search enters. */
  order: [nameSort: string, code: string];
  /** Where the search enters it also tells provinces: asked of `company`, the planner might begin there instead. */
  place: { province: string; company: string };
  /** What the way in does not cover yet. */
  rest: CompanySearch;
}

/** Opens the way into the search. */
function enter(db: Database, search: CompanySearch, limit: RowLimit, word: string | null): Entry {
  const { words, industry, province, commune, representative } = search;
  if (representative !== null) {
    // However often and as what one represents a company: it is found once. Somebody else is not looked up by her number,
    // not even for a company she represents together with one of the people.
    const represented = db.kysely
      .selectFrom("company_representative")
      .select("company")
      .distinct()
      .where("citizen", "=", representative)
      .where(withinPins(limit, "citizen"));
    return {
      query: db.kysely
        .selectFrom(represented.as("entry"))
        .innerJoin("company", "company.code", "entry.company"),
      order: ["company.name_sort", "company.code"],
      place: { province: "company.province", company: "company.code" },
      rest: search,
    };
  }
  if (word !== null) {
    return {
      query: enterBy(db, "company_name_word").where("entry.word", "=", word),
      order: ["entry.name_sort", "entry.company"],
      place: { province: "entry.province", company: "entry.company" },
      rest: { ...search, words: words.filter((other) => other !== word) },
    };
  }
  if (commune !== null) {
    return {
      query: db.kysely.selectFrom("company"),
      order: ["company.name_sort", "company.code"],
      place: { province: "company.province", company: "company.code" },
      rest: search,
    };
  }
  return {
    query: enterBy(db, "company_industry")
      .where("entry.code", "=", industry)
      .where("entry.province", "=", province),
    order: ["entry.name_sort", "entry.company"],
    place: { province: "entry.province", company: "entry.company" },
    rest: { ...search, industry: null, province: null },
  };
}

function enterBy(db: Database, table: string): Query {
  return db.kysely
    .selectFrom(`${table} as entry`)
    .innerJoin("company", "company.code", "entry.company");
}

/** A word that this many companies have is common enough; how common, is not worth counting. */
const COMMON = 1_000;

/** The word to enter by, which is the one that the fewest companies have; null where the search enters elsewhere. */
async function entryWord(
  db: Database,
  { words, representative }: CompanySearch,
): Promise<string | null> {
  if (representative !== null) return null;
  if (words.length < 2) return words[0] ?? null;
  // Without plugins: a count is no row of the register, so it does not count as one that was read.
  const [counts] = await wordCounts(db.kysely.withoutPlugins(), words).execute();
  const count = (index: number): number => Number(counts![`word${index}`]);
  const rarest = words.keys().reduce((best, index) => (count(index) < count(best) ? index : best));
  return words[rarest]!;
}

/** How many companies have each word, at most COMMON: columns `word0`, `word1` … of one row. */
export function wordCounts(
  kysely: Database["kysely"],
  words: readonly string[],
): SelectQueryBuilder<any, any, Record<string, unknown>> {
  return kysely.selectNoFrom((on) =>
    words.map((word, index) => {
      const some = on
        .selectFrom("company_name_word")
        .select("company")
        .where("word", "=", word)
        // The index's own order: it keeps the planner from looking for the first of many in the table itself.
        .orderBy("name_sort")
        .limit(COMMON);
      return on
        .selectFrom(some.as("some"))
        .select((counted) => counted.fn.countAll().as("count"))
        .as(`word${index}`);
    }),
  );
}

function narrow(query: Query, search: CompanySearch): Query {
  const { words, industry, registeredFrom, registeredTo } = search;
  const equal = {
    kind: search.kind,
    status: search.status,
    province: search.province,
    commune: search.commune,
  };
  let result = query;
  for (const [column, value] of Object.entries(equal)) {
    if (value !== null) result = result.where(`company.${column}`, "=", value);
  }
  if (registeredFrom !== null) result = result.where("company.registered", ">=", registeredFrom);
  if (registeredTo !== null) result = result.where("company.registered", "<=", registeredTo);
  for (const word of words)
    result = result.where((on) => has(on, "company_name_word", "word", word));
  if (industry !== null)
    result = result.where((on) => has(on, "company_industry", "code", industry));
  return result;
}

function has(on: Conditions, table: string, column: string, value: string) {
  return on.exists(
    on
      .selectFrom(`${table} as other`)
      .select("other.company")
      .whereRef("other.company", "=", "company.code")
      .where(`other.${column}`, "=", value),
  );
}
