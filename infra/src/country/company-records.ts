import { bare, type EnterpriseAnchor } from "./anchors.ts";
import { iso, type Day } from "./calendar.ts";
import { enterpriseCode } from "./identifiers.ts";
import { placeIn } from "./layout.ts";
import type { Company, Holder } from "./model.ts";
import { addressLine } from "./names.ts";
import type { Citizen, Workshop } from "./people.ts";
import { businessWord, shop, trade } from "./trades.ts";

export interface Founder {
  holder: Holder;
  name: string;
  /** Hundredths of the capital. */
  percent: number;
}

export function person({ record, name }: Citizen, percent: number): Founder {
  return { holder: { citizen: record.pin }, name, percent };
}

export function enterprise(
  workshop: Workshop,
  slot: number,
  registered: Day,
  prefix: string,
  owner?: string,
): EnterpriseAnchor {
  const { random, site } = workshop;
  const itsTrade = owner === undefined ? trade(random) : shop(random);
  const word = owner ?? businessWord(random);
  return {
    code: enterpriseCode(site.commune.province, site.index, slot),
    name: `${prefix} ${itsTrade.vietnamese} ${word} ${bare(site.commune.name)}`,
    word,
    trade: itsTrade,
    registered,
    site,
  };
}

export function register(
  workshop: Workshop,
  facts: EnterpriseAnchor,
  kind: Company["kind"],
  charterCapital: number,
  founders: readonly Founder[],
  ownedSince: Day = facts.registered,
): Company {
  const company: Company = {
    code: facts.code,
    name: facts.name,
    foreignName: null,
    shortName: null,
    kind,
    statuses: [{ status: "ACTIVE", from: iso(facts.registered) }],
    registered: iso(facts.registered),
    charterCapital,
    headOffice: headOffice(workshop, facts.registered),
    industries: [...facts.trade.classes],
    representatives: [],
    owners: [],
    branches: [],
    changes: [],
  };
  own(company, founders, ownedSince);
  workshop.companies.push(company);
  return company;
}

export function headOffice(workshop: Workshop, asOf: Day): Company["headOffice"] {
  const { random, site } = workshop;
  return placeIn(
    site,
    random.pick(site.commune.earlier),
    asOf,
    addressLine(random, site.commune.urban),
  );
}

export function own(company: Company, founders: readonly Founder[], from: Day): void {
  for (const { holder, name, percent } of founders)
    company.owners.push({
      id: `${company.code}-O${company.owners.length + 1}`,
      holder,
      name,
      share: { numerator: percent, denominator: 100 },
      capital: (company.charterCapital / 100) * percent,
      from: iso(from),
      to: null,
    });
}

export function represent(
  company: Company,
  { record, name }: Citizen,
  title: string,
  from: Day,
  to: Day | null,
): void {
  company.representatives.push({
    pin: record.pin,
    title,
    name,
    from: iso(from),
    to: to === null ? null : iso(to),
  });
}

export function change(
  company: Company,
  on: Day,
  kind: Company["changes"][number]["kind"],
  before: string | null,
  after: string,
): void {
  company.changes.push({ on: iso(on), kind, before, after });
}

export function initials(word: string): string {
  return word
    .split(" ")
    .map((part) => part[0])
    .join("");
}
