import { type Database, defineLoader, type Loader } from "@truc/service";

export interface StatusRow {
  company: string;
  status: string;
  valid_from: string;
  valid_to: string | null;
}

export interface IndustryRow {
  company: string;
  /** From 0; 0 is the main line. */
  position: number;
  edition: number;
  code: string;
  /** Null where the edition on file does not list the class. */
  title: string | null;
}

export interface BranchRow {
  company: string;
  code: string;
  name: string;
  place_commune: string;
  place_as_of: string;
  place_line: string;
  opened: string;
  closed: string | null;
}

export interface ChangeRow {
  company: string;
  changed_on: string;
  position: number;
  kind: string;
  before_value: string | null;
  after_value: string;
}

export interface RepresentativeRow {
  company: string;
  citizen: string;
  name: string;
  title: string;
  valid_from: string;
  valid_to: string | null;
}

export interface OwnerRow {
  company: string;
  id: string;
  citizen: string | null;
  owner_company: string | null;
  name: string;
  share_numerator: number;
  share_denominator: number;
  /** Whole đồng. */
  capital: number;
  valid_from: string;
  valid_to: string | null;
}

/** A company's statuses, the first one first. */
export const statusesOf = partsOf<StatusRow>("company_status", {
  columns: ["company", "status", "valid_from", "valid_to"],
  order: ["valid_from"],
});

/** A company's branches by code. */
export const branchesOf = partsOf<BranchRow>("company_branch", {
  columns: [
    "company",
    "code",
    "name",
    "place_commune",
    "place_as_of",
    "place_line",
    "opened",
    "closed",
  ],
  order: ["code"],
});

/** A company's changes, the earliest first. */
export const changesOf = partsOf<ChangeRow>("company_change", {
  columns: ["company", "changed_on", "position", "kind", "before_value", "after_value"],
  order: ["changed_on", "position"],
});

/** A company's legal representatives, the earliest first. */
export const representativesOf = partsOf<RepresentativeRow>("company_representative", {
  columns: ["company", "citizen", "name", "title", "valid_from", "valid_to"],
  order: ["valid_from", "citizen"],
});

/** A company's owners, the earliest first. */
export const ownersOf = partsOf<OwnerRow>("company_owner", {
  columns: [
    "company",
    "id",
    "citizen",
    "owner_company",
    "name",
    "share_numerator",
    "share_denominator",
    "capital",
    "valid_from",
    "valid_to",
  ],
  order: ["valid_from", "id"],
});

/** A company's lines of business with their titles, the main one first. */
export const industriesOf = defineLoader<string, IndustryRow[]>({
  name: "industriesOf",
  missing: [],
  async batch(db, companies) {
    const rows = await db.kysely
      .selectFrom("company_industry as line")
      .leftJoin("industry", (join) =>
        join
          .onRef("industry.edition", "=", "line.edition")
          .onRef("industry.code", "=", "line.code"),
      )
      .select(["line.company", "line.position", "line.edition", "line.code", "industry.title"])
      .where("line.company", "in", companies)
      .orderBy("line.company")
      .orderBy("line.position")
      .execute();
    return byCompany(rows as IndustryRow[]);
  },
});

/** The rows of a table that belong to a company. */
function partsOf<R extends { company: string }>(
  table: string,
  { columns, order }: { columns: (keyof R & string)[]; order: (keyof R & string)[] },
): Loader<string, R[]> {
  return defineLoader<string, R[]>({
    name: table,
    missing: [],
    async batch(db: Database, companies) {
      let query = db.kysely
        .selectFrom(table)
        .select(columns)
        .where("company", "in", companies)
        .orderBy("company");
      for (const column of order) query = query.orderBy(column);
      return byCompany((await query.execute()) as unknown as R[]);
    },
  });
}

function byCompany<R extends { company: string }>(rows: R[]): Map<string, R[]> {
  return Map.groupBy(rows, ({ company }) => company);
}
