import { defineRowLoader } from "@truc/service";
import type { Kysely } from "kysely";
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

/** Companies within the limit by enterprise code. */
export const companyByCode = defineRowLoader<string, CompanyRow | null>({
  name: "companyByCode",
  missing: null,
  async batch(db, codes, limit) {
    const kysely = db.kysely as Kysely<{ company: CompanyRow }>;
    const rows = await kysely
      .selectFrom("company")
      .select(COLUMNS)
      .where("code", "in", codes)
      .where(withinLimit(limit, { province: "company.province", company: "company.code" }))
      .execute();
    return new Map(rows.map((row) => [row.code, companyRow(row)]));
  },
});
