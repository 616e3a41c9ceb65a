import { nameWords } from "@truc/business";
import { sortKey } from "@truc/service";
import type {
  AdministrativeUnit,
  Block,
  Company,
  Place,
  RegisterLoader,
  TableRows,
} from "../model.ts";
import { loadGazetteer } from "../units.ts";

/** The edition of the industry classification that the synthetic country registers its lines under. */
const INDUSTRY_EDITION = 2025;

type Value = TableRows["rows"][number][number];
/** One row by column; every record of a table has the same columns in the same order. */
type Row = Record<string, Value>;

/** The business register's part of the country. Administrative units are another register's. */
export const loader: RegisterLoader = {
  register: "business",
  units: () => [],
  block: ({ companies }: Block) =>
    [
      table("company", companies.map(companyRow)),
      parts("company_status", companies, statusRows),
      parts("company_industry", companies, industryRows),
      parts("company_name_word", companies, nameWordRows),
      parts("company_representative", companies, representativeRows),
      parts("company_owner", companies, ownerRows),
      parts("company_branch", companies, branchRows),
      parts("company_change", companies, changeRows),
    ].filter(({ rows }) => rows.length > 0),
};

function table(name: string, rows: readonly Row[]): TableRows {
  return {
    table: name,
    columns: Object.keys(rows[0] ?? {}),
    rows: rows.map((row) => Object.values(row)),
  };
}

/** Rows that hang on a company: they all carry its code and the province of its head office. */
function parts(
  name: string,
  companies: readonly Company[],
  rowsOf: (company: Company) => Row[],
): TableRows {
  const rows = companies.flatMap((company) =>
    rowsOf(company).map((row) => ({
      company: company.code,
      province: company.headOffice.province,
      ...row,
    })),
  );
  return table(name, rows);
}

function companyRow(company: Company): Row {
  const status = inOrder(company.statuses).at(-1)!;
  return {
    code: company.code,
    synthetic: true,
    name: company.name,
    name_sort: sortKey(company.name),
    foreign_name: company.foreignName,
    short_name: company.shortName,
    kind: company.kind,
    status: status.status,
    status_from: status.from,
    registered: company.registered,
    charter_capital: company.charterCapital,
    head_office_commune: company.headOffice.commune,
    head_office_as_of: company.headOffice.asOf,
    head_office_line: company.headOffice.line,
    commune: communeOfToday(company.headOffice),
    province: company.headOffice.province,
  };
}

function statusRows({ statuses }: Company): Row[] {
  return inOrder(statuses).map(({ status, from }, index, all) => ({
    valid_from: from,
    valid_to: all[index + 1]?.from ?? null,
    status,
  }));
}

/** Two statuses that begin on one day: the later entry holds. */
function inOrder(statuses: Company["statuses"]): Company["statuses"] {
  const byDay = new Map(
    statuses.toSorted((a, b) => compare(a.from, b.from)).map((entry) => [entry.from, entry]),
  );
  return [...byDay.values()];
}

function industryRows({ name, industries }: Company): Row[] {
  return industries.map((code, position) => ({
    position,
    edition: INDUSTRY_EDITION,
    code,
    name_sort: sortKey(name),
  }));
}

function nameWordRows({ name, foreignName, shortName }: Company): Row[] {
  return nameWords(name, foreignName, shortName).map((word) => ({
    word,
    name_sort: sortKey(name),
  }));
}

function representativeRows({ representatives }: Company): Row[] {
  return representatives.map(({ pin, name, title, from, to }) => ({
    citizen: pin,
    name,
    title,
    valid_from: from,
    valid_to: to,
  }));
}

function ownerRows({ owners }: Company): Row[] {
  return owners.map(({ id, holder, name, share, capital, from, to }) => ({
    id,
    citizen: "citizen" in holder ? holder.citizen : null,
    owner_company: "company" in holder ? holder.company : null,
    name,
    share_numerator: share.numerator,
    share_denominator: share.denominator,
    capital,
    valid_from: from,
    valid_to: to,
  }));
}

function branchRows({ branches }: Company): Row[] {
  return branches.map(({ code, name, place, opened, closed }) => ({
    code,
    name,
    place_commune: place.commune,
    place_as_of: place.asOf,
    place_line: place.line,
    opened,
    closed,
  }));
}

function changeRows({ changes }: Company): Row[] {
  return changes.map(({ on, kind, before, after }, position) => ({
    changed_on: on,
    position,
    kind,
    before_value: before,
    after_value: after,
  }));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

let communes: ReadonlyMap<string, AdministrativeUnit[]> | undefined;

/** The commune of today in which a place lies; of a split one, the successor that lies in the place's province. */
function communeOfToday({ commune, asOf, province }: Place): string {
  communes ??= Map.groupBy(
    loadGazetteer().units.filter(({ level }) => level === "COMMUNE"),
    ({ code }) => code,
  );
  const then = communes
    .get(commune)
    ?.find(({ from, to }) => (from === null || from <= asOf) && (to === null || asOf < to));
  if (then === undefined) throw new Error(`no commune had the code ${commune} on ${asOf}`);
  if (then.to === null) return commune;
  const liesInProvince = (code: string) =>
    communes!.get(code)?.some(({ to, parent }) => to === null && parent === province) ?? false;
  const successor = then.succeededBy.find(liesInProvince);
  if (successor === undefined)
    throw new Error(`commune ${commune} of ${asOf} has no successor in province ${province}`);
  return successor;
}
