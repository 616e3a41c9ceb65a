import { afterKey, type Database, type Page } from "@truc/service";
import { type ExpressionBuilder, type SelectQueryBuilder, sql } from "kysely";
import { companyColumns, companyRow, type CompanyRow } from "./company.ts";

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
 * A page of the companies that fit, one row more where more follow. The statement enters through one index, the most
 * selective one the search allows, which also gives the order; everything else narrows what comes out of it.
 */
export async function searchCompanies(db: Database, search: CompanySearch, page: Page): Promise<CompanyRow[]> {
  const { query, order, rest } = enter(db, search);
  // MariaDB's planner does not weigh that a page is short: told nothing, it reads all companies for a common word.
  const entered = db.dialect === "mariadb" ? query.modifyFront(sql`straight_join`) : query;
  const rows = await narrow(entered, rest)
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
  /** What the way in does not cover yet. */
  rest: CompanySearch;
}

/** Opens the way into the search. */
function enter(db: Database, search: CompanySearch): Entry {
  const { words, industry, province, commune, representative } = search;
  if (representative !== null) {
    // However often and as what one represents a company: it is found once.
    const represented = db.kysely
      .selectFrom("company_representative")
      .select("company")
      .distinct()
      .where("citizen", "=", representative);
    return {
      query: db.kysely.selectFrom(represented.as("entry")).innerJoin("company", "company.code", "entry.company"),
      order: ["company.name_sort", "company.code"],
      rest: search,
    };
  }
  if (words.length > 0) {
    const word = rarest(words);
    return {
      query: enterBy(db, "company_name_word").where("entry.word", "=", word),
      order: ["entry.name_sort", "entry.company"],
      rest: { ...search, words: words.filter((other) => other !== word) },
    };
  }
  if (commune !== null) {
    return { query: db.kysely.selectFrom("company"), order: ["company.name_sort", "company.code"], rest: search };
  }
  return {
    query: enterBy(db, "company_industry").where("entry.code", "=", industry).where("entry.province", "=", province),
    order: ["entry.name_sort", "entry.company"],
    rest: { ...search, industry: null, province: null },
  };
}

function enterBy(db: Database, table: string): Query {
  return db.kysely.selectFrom(`${table} as entry`).innerJoin("company", "company.code", "entry.company");
}

/** Long words are rarer than short ones; the database then checks the others company by company. */
function rarest(words: readonly string[]): string {
  return words.toSorted((a, b) => b.length - a.length || (a < b ? -1 : 1))[0]!;
}

function narrow(query: Query, search: CompanySearch): Query {
  const { words, industry, registeredFrom, registeredTo } = search;
  const equal = { kind: search.kind, status: search.status, province: search.province, commune: search.commune };
  let result = query;
  for (const [column, value] of Object.entries(equal)) {
    if (value !== null) result = result.where(`company.${column}`, "=", value);
  }
  if (registeredFrom !== null) result = result.where("company.registered", ">=", registeredFrom);
  if (registeredTo !== null) result = result.where("company.registered", "<=", registeredTo);
  for (const word of words) result = result.where((on) => has(on, "company_name_word", "word", word));
  if (industry !== null) result = result.where((on) => has(on, "company_industry", "code", industry));
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
