import { anchorCompany, majority } from "./anchors.ts";
import {
  addYears,
  ageOn,
  day,
  endOfMonth,
  iso,
  newYear,
  PIN_IS_INSURANCE_NUMBER,
  REFORM,
  TODAY,
  yearOf,
  type Day,
} from "./calendar.ts";
import { SLOTS } from "./companies.ts";
import { enterpriseCode, healthCardNumber, socialInsuranceNumber } from "./identifiers.ts";
import type { Company, Insurance } from "./model.ts";
import { ageOf, type Citizen, type Workshop } from "./people.ts";

/** Records of the social insurance reach back to here. */
const FIRST_RECORDS: Day = newYear(2009);
const EXAMPLE_EMPLOYEES = 5;
const FORMER_EMPLOYEES = 5;

interface Employer {
  code: string;
  registered: Day;
  dissolved: Day | null;
}

/** Everybody's insurance: contributions by employment, benefits, and the health card of the age group. */
export function insure(workshop: Workshop): void {
  const { random, site } = workshop;
  const employers = workshop.companies
    .filter(({ kind }) => kind !== "HOUSEHOLD_BUSINESS")
    .map(employer)
    .filter(({ dissolved }) => dissolved === null);
  const find = (slot: number): Company | undefined =>
    workshop.companies.find(
      ({ code }) => code === enterpriseCode(site.commune.province, site.index, slot),
    );
  const dissolved = find(SLOTS.dissolved);
  const example = site.index === 0 ? find(SLOTS.example) : undefined;
  let wanted = example === undefined ? 0 : EXAMPLE_EMPLOYEES;
  let former = dissolved === undefined ? 0 : FORMER_EMPLOYEES;
  for (const citizen of workshop.citizens) {
    const age = ageOf(citizen);
    const record = profile(workshop, citizen);
    if (record === null) continue;
    workshop.insurance.push(record);
    const able = citizen.died === null && age >= 21 && age < 55;
    const shop = workshop.companies.find(
      ({ kind, representatives }) =>
        kind === "HOUSEHOLD_BUSINESS" && representatives[0]!.pin === record.pin,
    );
    if (example !== undefined && workshop.spared.has(record.pin)) {
      if (age >= 18) contribute(workshop, record, citizen, employer(example), null);
    } else if (wanted > 0 && able && shop === undefined) {
      wanted--;
      contribute(workshop, record, citizen, employer(example!), null);
    } else if (former > 0 && able && age >= 28 && shop === undefined) {
      former--;
      contribute(
        workshop,
        record,
        citizen,
        employer(dissolved!),
        day(dissolved!.statuses.at(-1)!.from) - random.between(0, 90),
      );
    } else if (shop !== undefined) ownShop(record, citizen, shop);
    else career(workshop, record, citizen, age, employers);
    benefits(workshop, record, citizen);
    cards(workshop, record, citizen, age);
  }
}

function employer(company: Company): Employer {
  const last = company.statuses.at(-1)!;
  return {
    code: company.code,
    registered: day(company.registered),
    dissolved: last.status === "DISSOLVED" ? day(last.from) : null,
  };
}

/** Nobody who died before the records began has one; those insured only since August 2025 never had a number. */
function profile(
  { layout, site }: Workshop,
  { record, identity, born, died }: Citizen,
): Insurance | null {
  if (died !== null && died < FIRST_RECORDS + 400) return null;
  const late = born >= PIN_IS_INSURANCE_NUMBER - 10;
  const from = Math.max(FIRST_RECORDS, born + 10);
  const province = layout.site(site.index).commune.province;
  return {
    pin: record.pin,
    socialInsuranceNumber: late ? null : socialInsuranceNumber(province, identity.serial),
    numberFrom: late ? null : iso(from),
    office: record.province,
    contributions: [],
    benefits: [],
    healthCards: [],
  };
}

function contribute(
  workshop: Workshop,
  record: Insurance,
  citizen: Citizen,
  at: Employer,
  until: Day | null,
  since?: Day,
): Day {
  const { random } = workshop;
  const earliest = Math.max(
    FIRST_RECORDS,
    at.registered + 10,
    majority(citizen.born) + 60,
    since ?? 0,
  );
  const latest = (until ?? TODAY) - 60;
  if (earliest >= latest) return earliest;
  const from = random.between(earliest, Math.max(earliest, Math.min(latest, earliest + 1500)));
  const raise = random.between(from + 400, from + 1600);
  const salaryBase = random.between(50, 220) * 100_000;
  const add = (start: Day, to: Day | null, base: number): void => {
    record.contributions.push({
      id: `${record.pin}-C${record.contributions.length + 1}`,
      employer: at.code,
      salaryBase: base,
      kind: "COMPULSORY",
      from: iso(start),
      to: to === null ? null : iso(to),
    });
  };
  if (raise < (until ?? TODAY) - 30) {
    add(from, raise, salaryBase);
    add(raise, until, Math.round((salaryBase * 1.25) / 100_000) * 100_000);
  } else add(from, until, salaryBase);
  return from;
}

/** One or two employers, here or in another block; the last until today, retirement, death or some day before. */
function career(
  workshop: Workshop,
  record: Insurance,
  citizen: Citizen,
  age: number,
  employers: readonly Employer[],
): void {
  const { random, layout } = workshop;
  if (age < 20 || !random.chance(age > 60 ? 0.5 : 0.55)) return;
  const retired = addYears(citizen.born, citizen.record.sex === "MALE" ? 61 : 56);
  const end = Math.min(citizen.died ?? TODAY, retired);
  const stop = end < TODAY ? end : random.chance(0.8) ? null : TODAY - random.between(30, 2000);
  const choose = (): Employer => {
    if (employers.length > 0 && random.chance(0.75)) return random.pick(employers);
    const { code, registered } = anchorCompany(layout, random.between(0, layout.blocks - 1));
    return { code, registered, dissolved: null };
  };
  let since: Day | undefined;
  if (random.chance(0.35)) {
    const change = random.between(majority(citizen.born) + 900, (stop ?? TODAY) - 400);
    if (change > FIRST_RECORDS + 200 && change < (stop ?? TODAY) - 200) {
      contribute(workshop, record, citizen, choose(), change);
      since = change + random.between(1, 200);
    }
  }
  contribute(workshop, record, citizen, choose(), stop, since);
}

/** Owners of household businesses joined of their own accord until the law of 2024 made it their duty. */
function ownShop(record: Insurance, citizen: Citizen, shop: Company): void {
  const from = Math.max(day(shop.registered) + 30, FIRST_RECORDS);
  const add = (kind: "COMPULSORY" | "VOLUNTARY", start: Day, to: Day | null): void => {
    record.contributions.push({
      id: `${record.pin}-C${record.contributions.length + 1}`,
      employer: shop.code,
      salaryBase: 4_680_000,
      kind,
      from: iso(start),
      to: to === null ? null : iso(to),
    });
  };
  const retired = addYears(citizen.born, citizen.record.sex === "MALE" ? 61 : 56);
  const end = retired < TODAY ? retired : null;
  const last = Math.min(REFORM, end ?? REFORM);
  if (from < last - 30) add("VOLUNTARY", from, last);
  const due = Math.max(from, REFORM);
  if (end === null || end > due + 30) add("COMPULSORY", due, end);
}

function benefits(workshop: Workshop, record: Insurance, citizen: Citizen): void {
  const { random } = workshop;
  const add = (
    kind: Insurance["benefits"][number]["kind"],
    from: Day,
    to: Day | null,
    monthlyAmount: number,
  ): void => {
    const end = citizen.died !== null && (to === null || to > citizen.died) ? citizen.died : to;
    record.benefits.push({
      id: `${record.pin}-B${record.benefits.length + 1}`,
      kind,
      monthlyAmount,
      from: iso(from),
      to: end === null ? null : iso(end),
    });
  };
  const contributions = record.contributions;
  const last = contributions.at(-1);
  if (last === undefined) return;
  const retired = addYears(citizen.born, citizen.record.sex === "MALE" ? 61 : 56);
  if (retired < Math.min(TODAY, citizen.died ?? TODAY))
    add("PENSION", retired, null, Math.round(last.salaryBase * 0.0055) * 100);
  else if (
    last.to !== null &&
    day(last.to) < TODAY - 120 &&
    last.kind === "COMPULSORY" &&
    citizen.died === null
  )
    add(
      "UNEMPLOYMENT",
      day(last.to) + 15,
      day(last.to) + 105,
      Math.round(last.salaryBase * 0.006) * 100,
    );
  const first = day(contributions[0]!.from);
  const covered = (on: Day): boolean =>
    contributions.some(
      (c) =>
        c.kind === "COMPULSORY" && day(c.from) <= on - 180 && (c.to === null || day(c.to) > on),
    );
  if (citizen.record.sex === "FEMALE")
    for (const child of workshop.citizens)
      if (child.record.mother === record.pin && covered(child.born))
        add("MATERNITY", child.born, Math.min(child.born + 182, TODAY), last.salaryBase);
  const ill = random.between(first + 200, TODAY - 40);
  if (ill <= TODAY - 40 && random.chance(0.08) && covered(ill) && covered(ill + 20))
    add("SICKNESS", ill, ill + random.between(3, 20), Math.round(last.salaryBase * 0.0075) * 100);
}

/** Payment levels: children under six and the poor in full, pensioners 95 %, the others 80 %. */
const LEVELS = { TE: 1, HN: 2, HT: 3, HS: 4, DN: 4, GD: 4 } as const;

/** The last day of a children's card: school begins, or, for those who turn six later in the year, the month ends. */
function childrensCardEnd(born: Day): Day {
  const sixth = addYears(born, 6);
  const school = day(`${yearOf(sixth)}-09-30`);
  return sixth <= school ? school : endOfMonth(sixth);
}

/** The card of the age group: TE until school, pupils HS, employees DN, pensioners HT, the poor HN, the others GD. */
function cards(workshop: Workshop, record: Insurance, citizen: Citizen, age: number): void {
  const { random, site } = workshop;
  const { born, died } = citizen;
  const end = died ?? TODAY;
  const clinic = {
    code: `${site.commune.province}${String(site.index % 1000).padStart(3, "0")}`,
    name: `Trạm Y tế ${site.commune.name}`,
  };
  const add = (
    type: keyof typeof LEVELS,
    from: Day,
    to: Day | null,
    continuous: Day | null,
  ): void => {
    const level = LEVELS[type];
    const until = died !== null && (to === null || to > died) ? died : to;
    record.healthCards.push({
      number: healthCardNumber(
        type,
        level,
        site.commune.province,
        record.socialInsuranceNumber,
        record.pin,
      ),
      type,
      level,
      clinic,
      fiveYearsFrom: continuous !== null && continuous <= end ? iso(continuous) : null,
      from: iso(from),
      to: until === null ? null : iso(until),
    });
  };
  const lastOfChild = childrensCardEnd(born);
  if (born > FIRST_RECORDS) add("TE", born, lastOfChild, addYears(born, 5));
  if (addYears(born, 6) > end) return;
  const current = record.contributions.find(({ to }) => to === null);
  const pension = record.benefits.find(({ kind }) => kind === "PENSION");
  const continuous = addYears(Math.max(born, FIRST_RECORDS + random.between(0, 3000)), 5);
  // Only here: whoever has turned six takes a number from the randomness, children's card or not.
  if (lastOfChild >= end) return;
  const year = Math.max(newYear(yearOf(end)), lastOfChild + 1);
  const yearEnd = newYear(yearOf(end) + 1) - 1;
  if (pension !== undefined) add("HT", day(pension.from), null, continuous);
  else if (citizen.home?.poor === true) add("HN", year, yearEnd, continuous);
  else if (ageOn(born, end) < 18 || (age < 22 && current === undefined && random.chance(0.6)))
    add("HS", year, yearEnd, continuous);
  else if (current !== undefined)
    add(
      "DN",
      day(record.contributions.find(({ employer: code }) => code === current.employer)!.from),
      null,
      continuous,
    );
  else if (random.chance(0.92) || died !== null) add("GD", year, yearEnd, continuous);
}
