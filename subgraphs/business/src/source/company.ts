import { defineColumns, defineRowLoader } from "@truc/service";
import { withinLimit } from "./within-limit.ts";

/** A row of `company`. Dates are YYYY-MM-DD, the capital is whole đồng. */
export interface CompanyRow {
  code: string;
  synthetic: boolean;
  name: string;
  name_sort: string;
  foreign_name: string | null;
  short_name: string | null;
  kind: string;
  status: string;
  status_from: string;
  registered: string;
  charter_capital: number;
  head_office_commune: string;
  head_office_as_of: string;
  head_office_line: string;
  commune: string;
  province: string;
}

const COLUMNS = [
  "code",
  "synthetic",
  "name",
  "name_sort",
  "foreign_name",
  "short_name",
  "kind",
  "status",
  "status_from",
  "registered",
  "charter_capital",
  "head_office_commune",
  "head_office_as_of",
  "head_office_line",
  "commune",
  "province",
] as const satisfies readonly (keyof CompanyRow)[];

/** The columns of a company, out of `company` or an alias of it. */
export function companyColumns(table: string): string[] {
  return COLUMNS.map((column) => `${table}.${column}`);
}

/** MariaDB has no booleans of its own: what comes out as 0 or 1 becomes one here. */
export function companyRow(row: CompanyRow): CompanyRow {
  return { ...row, synthetic: Boolean(row.synthetic) };
}

const columns = defineColumns<CompanyRow>("Company", {
  code: { columns: ["code"], fields: "all" },
  synthetic: { columns: ["synthetic"], read: ({ synthetic }) => Boolean(synthetic) },
  name: { columns: ["name"] },
  name_sort: { columns: ["name_sort"], fields: [] },
  foreign_name: { columns: ["foreign_name"], fields: ["foreignName"] },
  short_name: { columns: ["short_name"], fields: ["shortName"] },
  kind: { columns: ["kind"] },
  status: { columns: ["status"] },
  status_from: { columns: ["status_from"], fields: ["statusFrom"] },
  registered: { columns: ["registered"] },
  charter_capital: { columns: ["charter_capital"], fields: ["charterCapital"] },
  head_office_commune: { columns: ["head_office_commune"], fields: ["headOffice"] },
  head_office_as_of: { columns: ["head_office_as_of"], fields: ["headOffice"] },
  head_office_line: { columns: ["head_office_line"], fields: ["headOffice"] },
  commune: { columns: ["commune"], fields: [] },
  province: { columns: ["province"], fields: [] },
});

/** Companies within the limit by enterprise code. */
export const companyByCode = defineRowLoader<string, CompanyRow | null>({
  name: "companyByCode",
  missing: null,
  async batch(db, codes, limit, _args, asked) {
    const rows = await db.kysely
      .selectFrom("company")
      .select(columns.select(asked))
      .where("code", "in", codes)
      .where(withinLimit(limit, { province: "company.province", company: "company.code" }))
      .execute();
    return new Map(columns.read(rows, asked).map((company) => [company.code, company]));
  },
});
