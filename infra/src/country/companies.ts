import {
  anchorCompany,
  anchorsOf,
  bank,
  bankCount,
  bare,
  LAST_SLOT,
  majority,
  type EnterpriseAnchor,
} from "./anchors.ts";
import { addYears, iso, newYear, TODAY, type Day } from "./calendar.ts";
import {
  change,
  enterprise,
  type Founder,
  headOffice,
  initials,
  own,
  person,
  register,
  represent,
} from "./company-records.ts";
import type { Company } from "./model.ts";
import { fullName } from "./names.ts";
import { ageOf, type Citizen, type Workshop } from "./people.ts";

/** The slots with a part to play; the others are filled at random. */
export const SLOTS = {
  anchor: 0,
  bank: 1,
  example: 2,
  dissolved: 3,
  succession: 4,
  others: 5,
} as const;

/** The block's enterprises: one that others may name, a bank in the first blocks, and those its people founded. */
export function found(workshop: Workshop): void {
  const { random, site, layout } = workshop;
  const adults = workshop.citizens.filter(
    (one) => one.died === null && ageOf(one) >= 26 && ageOf(one) <= 72,
  );
  const [husband, wife, man] = workshop.citizens as [Citizen, Citizen, Citizen];
  const anchor = anchorCompany(layout, site.index);
  const three = [person(husband, 45), person(wife, 30), person(man, 25)];
  jointStock(workshop, anchor, elsewhereToo(workshop, three), husband);
  if (site.index < bankCount(layout)) jointStock(workshop, bank(layout, site.index), three, wife);
  if (site.index === 0) example(workshop);
  const own = adults.filter(({ record }) => !workshop.spared.has(record.pin));
  if (own.length < 3) return;
  dissolved(workshop, random.pick(own));
  succession(workshop, own);
  const last = Math.min(LAST_SLOT, SLOTS.others + Math.round(site.size * 0.055));
  for (let slot: number = SLOTS.others; slot < last; slot++)
    ordinary(workshop, slot, random.shuffled(own).slice(0, 4));
}

/** Some of the largest founder's part goes to a person or company of another province. */
function elsewhereToo(workshop: Workshop, founders: Founder[]): Founder[] {
  const { random, layout, site } = workshop;
  const other = layout.elsewhere(random, site.commune.province);
  if (other === null) return founders;
  const [largest, ...rest] = founders as [Founder, ...Founder[]];
  const company = anchorCompany(layout, other.index);
  const { wife } = anchorsOf(layout, other.index);
  const far: Founder = random.chance(0.5)
    ? { holder: { company: company.code }, name: company.name, percent: 20 }
    : { holder: { citizen: wife.pin }, name: fullName(wife), percent: 20 };
  return [{ ...largest, percent: largest.percent - 20 }, ...rest, far];
}

function jointStock(
  workshop: Workshop,
  facts: EnterpriseAnchor,
  founders: readonly Founder[],
  head: Citizen,
): void {
  const { random } = workshop;
  const company = register(
    workshop,
    facts,
    "JOINT_STOCK",
    random.between(50, 400) * 100_000_000,
    founders,
    FAR_AFTER,
  );
  represent(company, head, "Tổng giám đốc", facts.registered, null);
  company.shortName = `${initials(facts.word)} JSC`;
  company.foreignName = `${facts.word} ${facts.trade.english} Joint Stock Company`;
  company.branches.push({
    code: `${company.code}-001`,
    name: `Chi nhánh ${company.name}`,
    place: headOffice(workshop, facts.registered + 700),
    opened: iso(facts.registered + 700),
    closed: null,
  });
}
/** Shareholders of other blocks entered the anchors' registers in 2007, when all of these existed. */
const FAR_AFTER: Day = newYear(2007) + 30;

/** The company of the demonstrations: the couple owns and runs it; its employees are entered with the insurance. */
function example(workshop: Workshop): void {
  const [head, spouse] = workshop.citizens.filter(({ record }) =>
    workshop.spared.has(record.pin),
  ) as [Citizen, Citizen];
  const registered = newYear(2016) + 80;
  const facts = enterprise(workshop, SLOTS.example, registered, "Công ty TNHH");
  const company = register(workshop, facts, "LLC_TWO_OR_MORE_MEMBERS", 5_000_000_000, [
    person(head, 60),
    person(spouse, 40),
  ]);
  represent(company, head, "Giám đốc", registered, null);
  company.foreignName = `${facts.word} ${facts.trade.english} Company Limited`;
  company.shortName = `${initials(facts.word)} Co., Ltd`;
  workshop.spared.add(company.code);
}

/** A company dissolved some years ago, whose employees left by then. */
function dissolved(workshop: Workshop, founder: Citizen): void {
  const { random } = workshop;
  const end = TODAY - random.between(200, 1400);
  const registered = Math.max(majority(founder.born) + 200, end - random.between(2000, 4000));
  const company = register(
    workshop,
    enterprise(workshop, SLOTS.dissolved, registered, "Công ty TNHH"),
    "LLC_ONE_MEMBER",
    random.between(5, 80) * 100_000_000,
    [person(founder, 100)],
  );
  represent(company, founder, "Giám đốc", registered, end);
  for (const owner of company.owners) owner.to = iso(end);
  company.statuses.push(
    { status: "DISSOLVING", from: iso(end - 120) },
    { status: "DISSOLVED", from: iso(end) },
  );
  change(company, end - 120, "STATUS", "ACTIVE", "DISSOLVING");
  change(company, end, "STATUS", "DISSOLVING", "DISSOLVED");
}

/** A company whose representative and owner died, and who took over. */
function succession(workshop: Workshop, adults: readonly Citizen[]): void {
  const { random } = workshop;
  const dead = workshop.citizens.filter(
    ({ born, died }) => died !== null && died > newYear(2008) && addYears(born, 24) < died - 800,
  );
  if (dead.length === 0) return;
  const late = random.pick(dead);
  const died = late.died!;
  const registered = random.between(Math.max(newYear(2001), majority(late.born) + 300), died - 300);
  const passed = Math.min(died + random.between(20, 200), TODAY - 5);
  const heirs = adults.filter(({ born }) => majority(born) < passed);
  if (heirs.length === 0) return;
  const heir = random.pick(heirs);
  const facts = enterprise(workshop, SLOTS.succession, registered, "Công ty TNHH Một thành viên");
  const company = register(
    workshop,
    facts,
    "LLC_ONE_MEMBER",
    random.between(10, 90) * 100_000_000,
    [person(late, 100)],
  );
  represent(company, late, "Giám đốc", registered, passed);
  represent(company, heir, "Giám đốc", passed, null);
  company.owners[0]!.to = iso(passed);
  own(company, [person(heir, 100)], passed);
  change(company, passed, "REPRESENTATIVE", late.name, heir.name);
}

function ordinary(workshop: Workshop, slot: number, people: readonly Citizen[]): void {
  const { random } = workshop;
  const [first] = people as [Citizen];
  const earliest = Math.max(newYear(2001), ...people.map(({ born }) => majority(born) + 300));
  const registered = random.between(earliest, TODAY - 240);
  const kind = random.weighted(KINDS);
  const percents = PARTS[kind] === 1 ? [100] : PARTS[kind] === 2 ? [60, 40] : [40, 30, 30];
  const founders = percents.map((percent, rank) => person(people[rank]!, percent));
  const small = kind === "HOUSEHOLD_BUSINESS";
  const facts = enterprise(
    workshop,
    slot,
    registered,
    PREFIX[kind],
    small ? bare(first.record.givenName) : undefined,
  );
  const capital = small ? random.between(1, 9) * 100_000_000 : random.between(5, 200) * 100_000_000;
  const company = register(
    workshop,
    facts,
    kind,
    capital,
    kind === "JOINT_STOCK" ? elsewhereToo(workshop, founders) : founders,
    Math.max(registered, FAR_AFTER),
  );
  represent(
    company,
    first,
    small ? "Chủ hộ" : kind === "PRIVATE_ENTERPRISE" ? "Chủ doanh nghiệp" : "Giám đốc",
    registered,
    null,
  );
  if (kind === "JOINT_STOCK")
    represent(company, people[1]!, "Chủ tịch Hội đồng quản trị", registered, null);
  history(workshop, company, registered);
}

/** What happened to a company between registration and today: suspension, a new name, more capital, a branch. */
function history(workshop: Workshop, company: Company, registered: Day): void {
  const { random } = workshop;
  const some = (): Day => random.between(registered + 60, TODAY - 120);
  if (random.chance(0.12)) {
    const from = some();
    const ends = from < TODAY - 500 && random.chance(0.7);
    company.statuses.push({ status: "SUSPENDED", from: iso(from) });
    change(company, from, "STATUS", "ACTIVE", "SUSPENDED");
    if (ends) {
      company.statuses.push({ status: "ACTIVE", from: iso(from + 330) });
      change(company, from + 330, "STATUS", "SUSPENDED", "ACTIVE");
    }
  }
  if (random.chance(0.15)) {
    const former = `${company.name} ${random.pick(["I", "Mới", "Một"])}`;
    change(company, some(), "NAME", former, company.name);
  }
  if (random.chance(0.2))
    change(
      company,
      some(),
      "CAPITAL",
      String(company.charterCapital / 2),
      String(company.charterCapital),
    );
  if (random.chance(0.1) && company.industries.length > 1)
    change(
      company,
      some(),
      "INDUSTRY",
      company.industries.slice(0, -1).join(", "),
      company.industries.join(", "),
    );
  if (company.kind !== "HOUSEHOLD_BUSINESS" && random.chance(0.2)) {
    const opened = some();
    const closed =
      opened < TODAY - 900 && random.chance(0.3)
        ? iso(random.between(opened + 400, TODAY - 30))
        : null;
    company.branches.push({
      code: `${company.code}-001`,
      name: `Chi nhánh ${company.name}`,
      place: headOffice(workshop, opened),
      opened: iso(opened),
      closed,
    });
  }
  company.changes.sort((a, b) => (a.on < b.on ? -1 : a.on > b.on ? 1 : 0));
}

const KINDS = [
  ["HOUSEHOLD_BUSINESS", 52],
  ["LLC_ONE_MEMBER", 20],
  ["LLC_TWO_OR_MORE_MEMBERS", 13],
  ["JOINT_STOCK", 7],
  ["PRIVATE_ENTERPRISE", 6],
  ["PARTNERSHIP", 2],
] as const;
const PARTS: Readonly<Record<Company["kind"], 1 | 2 | 3>> = {
  HOUSEHOLD_BUSINESS: 1,
  LLC_ONE_MEMBER: 1,
  LLC_TWO_OR_MORE_MEMBERS: 2,
  JOINT_STOCK: 3,
  PRIVATE_ENTERPRISE: 1,
  PARTNERSHIP: 2,
};
const PREFIX: Readonly<Record<Company["kind"], string>> = {
  HOUSEHOLD_BUSINESS: "Hộ kinh doanh",
  LLC_ONE_MEMBER: "Công ty TNHH Một thành viên",
  LLC_TWO_OR_MORE_MEMBERS: "Công ty TNHH",
  JOINT_STOCK: "Công ty Cổ phần",
  PRIVATE_ENTERPRISE: "Doanh nghiệp tư nhân",
  PARTNERSHIP: "Công ty Hợp danh",
};
