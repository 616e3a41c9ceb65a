import { type Database, sortKey } from "@truc/service";
import { nameWords } from "./name-words.ts";

/** A company as a test states it; what it leaves out is as unremarkable as can be. */
export interface SampleCompany {
  code: string;
  name: string;
  foreignName?: string;
  shortName?: string;
  kind?: string;
  statuses?: { status: string; from: string }[];
  registered?: string;
  charterCapital?: number;
  headOffice?: { commune: string; asOf: string; line: string };
  commune?: string;
  province?: string;
  industries?: string[];
  representatives?: { citizen: string; name: string; title: string; from: string; to?: string }[];
  owners?: {
    id: string;
    citizen?: string;
    company?: string;
    name: string;
    share: [number, number];
    capital: number;
    from: string;
    to?: string;
  }[];
  branches?: { code: string; name: string; opened: string; closed?: string }[];
  changes?: { on: string; kind: string; before: string | null; after: string }[];
}

const ROWS_PER_INSERT = 500;
const HEAD_OFFICE = { commune: "00004", asOf: "2025-08-01", line: "12 phố Trúc Bạch" };

/** Fills a migrated database; tests only. */
export async function insertCompanies(
  db: Database,
  companies: readonly SampleCompany[],
): Promise<void> {
  await insert(db, "company", companies.map(companyRow));
  await parts(db, "company_status", companies, ({ statuses, registered }) =>
    (statuses ?? [{ status: "ACTIVE", from: registered ?? "2020-01-01" }]).map(
      ({ status, from }, index, all) => ({
        valid_from: from,
        valid_to: all[index + 1]?.from ?? null,
        status,
      }),
    ),
  );
  await parts(db, "company_industry", companies, ({ name, industries }) =>
    (industries ?? ["4690"]).map((code, position) => ({
      position,
      edition: 2025,
      code,
      name_sort: sortKey(name),
    })),
  );
  await parts(db, "company_name_word", companies, ({ name, foreignName, shortName }) =>
    nameWords(name, foreignName ?? null, shortName ?? null).map((word) => ({
      word,
      name_sort: sortKey(name),
    })),
  );
  await parts(db, "company_representative", companies, ({ representatives }) =>
    (representatives ?? []).map(({ from, to, ...rest }) => ({
      ...rest,
      valid_from: from,
      valid_to: to ?? null,
    })),
  );
  await parts(db, "company_owner", companies, ({ owners }) =>
    (owners ?? []).map(({ id, citizen, company, name, share, capital, from, to }) => ({
      id,
      citizen: citizen ?? null,
      owner_company: company ?? null,
      name,
      share_numerator: share[0],
      share_denominator: share[1],
      capital,
      valid_from: from,
      valid_to: to ?? null,
    })),
  );
  await parts(db, "company_branch", companies, ({ branches }) =>
    (branches ?? []).map(({ closed, ...rest }) => ({
      ...rest,
      place_commune: HEAD_OFFICE.commune,
      place_as_of: HEAD_OFFICE.asOf,
      place_line: HEAD_OFFICE.line,
      closed: closed ?? null,
    })),
  );
  await parts(db, "company_change", companies, ({ changes }) =>
    (changes ?? []).map(({ on, kind, before, after }, position) => ({
      changed_on: on,
      position,
      kind,
      before_value: before,
      after_value: after,
    })),
  );
}

function companyRow(company: SampleCompany): Record<string, unknown> {
  const registered = company.registered ?? "2020-01-01";
  const status = company.statuses?.at(-1) ?? { status: "ACTIVE", from: registered };
  const headOffice = company.headOffice ?? HEAD_OFFICE;
  return {
    code: company.code,
    synthetic: true,
    name: company.name,
    name_sort: sortKey(company.name),
    foreign_name: company.foreignName ?? null,
    short_name: company.shortName ?? null,
    kind: company.kind ?? "LLC_ONE_MEMBER",
    status: status.status,
    status_from: status.from,
    registered,
    charter_capital: company.charterCapital ?? 1_000_000_000,
    head_office_commune: headOffice.commune,
    head_office_as_of: headOffice.asOf,
    head_office_line: headOffice.line,
    commune: company.commune ?? "00004",
    province: company.province ?? "01",
  };
}

async function parts(
  db: Database,
  table: string,
  companies: readonly SampleCompany[],
  rowsOf: (company: SampleCompany) => Record<string, unknown>[],
): Promise<void> {
  const rows = companies.flatMap((company) =>
    rowsOf(company).map((row) => ({
      company: company.code,
      province: company.province ?? "01",
      ...row,
    })),
  );
  await insert(db, table, rows);
}

async function insert(
  db: Database,
  table: string,
  rows: readonly Record<string, unknown>[],
): Promise<void> {
  for (let start = 0; start < rows.length; start += ROWS_PER_INSERT) {
    await db.kysely
      .insertInto(table)
      .values(rows.slice(start, start + ROWS_PER_INSERT))
      .execute();
  }
}
