import {
  afterKey,
  type CursorValue,
  type Database,
  defineRowLoader,
  type RowLimit,
  type SortColumn,
} from "@truc/service";
import { type RawBuilder, sql } from "kysely";
import { withinLimit } from "./within-limit.ts";

/** A row of `contribution`; dates are YYYY-MM-DD, the salary base is whole đồng a month. */
export interface Contribution {
  id: string;
  pin: string;
  employer: string | null;
  from: string;
  to: string | null;
  salaryBase: number;
  kind: "COMPULSORY" | "VOLUNTARY";
}

/** Which part of an employer's or a citizen's contributions. */
export interface ContributionPage {
  first: number;
  after: CursorValue[] | null;
  /** Only periods that include this day. */
  on: string | null;
}

/** What sorts contributions, and what their cursors hold: the latest first. */
export const CONTRIBUTION_SORT: readonly SortColumn[] = [
  { column: "from_date", direction: "desc" },
  { column: "id", direction: "desc" },
];

function contributions(db: Database, limit: RowLimit) {
  return db.kysely
    .selectFrom("contribution")
    .select([
      "id",
      "pin",
      "employer",
      "from_date as from",
      "to_date as to",
      "salary_base as salaryBase",
      "kind",
    ])
    .$castTo<Contribution>()
    .where(withinLimit(limit));
}

/** Every contribution of a citizen, by PIN, latest first. */
export const contributionsOf = defineRowLoader<string, Contribution[]>({
  name: "contributionsOf",
  missing: [],
  async batch(db, pins, limit) {
    const rows = await contributions(db, limit)
      .where("pin", "in", pins)
      .orderBy("pin")
      .orderBy("from_date", "desc")
      .orderBy("id", "desc")
      .execute();
    return Map.groupBy(rows, ({ pin }) => pin);
  },
});

/** A page of a citizen's contributions, by PIN; one row more than `first` where there are more. */
export const citizenPage = pagesBy("citizenPage", "pin");

/** A page of an employer's contributions, by enterprise code; one row more than `first` where there are more. */
export const employerPage = pagesBy("employerPage", "employer");

type Owner = "pin" | "employer";

function pagesBy(name: string, owner: Owner) {
  return defineRowLoader<string, Contribution[], ContributionPage>({
    name,
    missing: [],
    async batch(db, keys, limit, page) {
      const statement = db.dialect === "postgres" ? lateralPages : unitedPages;
      const rows = await statement(db, owner, keys, limit, page).execute();
      return Map.groupBy(rows.toSorted(latestFirst), (row) => row[owner] ?? "");
    },
  });
}

/*
 * Many owners' pages in one statement, each read from the index no further than the page: ranking rows in a window would
 * read all the contributions of a large employer for every page of it. MariaDB has no lateral joins, and PostgreSQL
 * plans a union of many parts slowly.
 */

function lateralPages(
  db: Database,
  owner: Owner,
  keys: readonly string[],
  limit: RowLimit,
  page: ContributionPage,
) {
  return db.kysely
    .selectFrom(sql<{ key: string }>`unnest(${[...keys]}::text[])`.as<"owner">(sql`owner(key)`))
    .innerJoinLateral(pageOf(db, owner, sql.ref("owner.key"), limit, page).as("page"), (join) =>
      join.onTrue(),
    )
    .selectAll("page")
    .$castTo<Contribution>();
}

function unitedPages(
  db: Database,
  owner: Owner,
  keys: readonly string[],
  limit: RowLimit,
  page: ContributionPage,
) {
  const [first, ...others] = keys.map((key) =>
    db.kysely
      .selectFrom(pageOf(db, owner, key, limit, page).as("page"))
      .selectAll()
      .$castTo<Contribution>(),
  );
  let statement = first!;
  for (const other of others) statement = statement.unionAll(other);
  return statement;
}

function pageOf(
  db: Database,
  owner: Owner,
  key: string | RawBuilder<unknown>,
  limit: RowLimit,
  page: ContributionPage,
) {
  const { first, after, on } = page;
  let query = contributions(db, limit).where(owner, "=", key);
  if (on !== null) {
    query = query
      .where("from_date", "<=", on)
      .where((row) => row.or([row("to_date", "is", null), row("to_date", ">=", on)]));
  }
  return query
    .where(afterKey(CONTRIBUTION_SORT, after))
    .orderBy("from_date", "desc")
    .orderBy("id", "desc")
    .limit(first + 1);
}

function latestFirst(one: Contribution, other: Contribution): number {
  if (one.from !== other.from) return one.from < other.from ? 1 : -1;
  return one.id < other.id ? 1 : -1;
}
