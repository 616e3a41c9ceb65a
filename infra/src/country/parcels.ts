import { anchorCompany, anchorsOf, majority } from "./anchors.ts";
import { day, iso, newYear, TODAY, type Day } from "./calendar.ts";
import type { Holder, Parcel } from "./model.ts";
import { fullName } from "./names.ts";
import { aliveOn, type Citizen, type Home, type Workshop } from "./people.ts";
import { finish, survey } from "./survey.ts";

/** One holder in a set of holders whose shares add up to 1. */
interface Owner {
  holder: Holder;
  name: string;
  numerator: number;
  denominator: number;
}

/** Certificates of today's kind exist since the law of 1993. */
const FIRST_RIGHTS: Day = newYear(1994);

/** Land of the block's households and companies, with its earlier holders. */
export function parcel(workshop: Workshop): void {
  for (const home of workshop.homes) {
    const example = workshop.spared.has(home.head.record.pin);
    const count = example
      ? 2
      : workshop.random.weighted([
          [0, 3],
          [1, 5],
          [2, 3],
          [3, 1],
        ] as const);
    for (let which = 0; which < count; which++) familyParcel(workshop, home, which, example);
  }
  for (const company of workshop.companies) {
    if (company.kind === "HOUSEHOLD_BUSINESS" || company.statuses.at(-1)!.status !== "ACTIVE")
      continue;
    const earliest = day(company.registered) + 60;
    if (earliest > TODAY - 60 || !workshop.random.chance(0.35)) continue;
    const from = workshop.random.between(earliest, TODAY - 30);
    const land = survey(workshop, workshop.random.chance(0.5) ? "TMD" : "SKC", from);
    hold(land, [sole({ company: company.code }, company.name)], from, null);
    finish(workshop, land, from);
  }
}

/** Land of a household: an elder's or a seller's first, where it has a history, then the couple's or heirs'. */
function familyParcel(workshop: Workshop, home: Home, which: number, example: boolean): void {
  const { random } = workshop;
  const heirs = home.members.filter(
    (member) => member.died === null && majority(member.born) < TODAY - 400,
  );
  const dead = home.members.find(
    (member) =>
      member.died !== null &&
      member.died > FIRST_RIGHTS + 800 &&
      majority(member.born) < member.died - 800,
  );
  const holder = heirs[0];
  if (holder === undefined) return;
  const land = survey(workshop, workshop.site.commune.urban ? "ODT" : "ONT", TODAY, home);
  if (dead !== undefined && which === 0) {
    if (inherited(workshop, land, dead, heirs)) return;
  }
  const spouse = home.members.find(
    (member) =>
      member.died === null &&
      member.record.marriages.some((m) => m.spouse === holder.record.pin && m.to === null),
  );
  const wedding = spouse === undefined ? null : day(spouse.record.marriages.at(-1)!.from);
  const earliest = Math.max(FIRST_RIGHTS, majority(holder.born), wedding ?? 0, home.since) + 60;
  if (earliest > TODAY - 100) return void workshop.parcels.pop();
  const from = random.between(Math.max(earliest, TODAY - 9000), TODAY - 100);
  const shared = (example && which === 1) || (!example && random.chance(0.08));
  const owners = shared
    ? sharedWithElsewhere(workshop, holder, spouse, example)
    : ownersOf(holder, spouse, random.chance(0.8));
  if (from - FIRST_RIGHTS > 1500 && random.chance(0.3)) soldBefore(workshop, land, from);
  hold(land, owners, from, null);
  finish(workshop, land, from, example && which === 0);
}

/** Enters the dead holder and who inherited; false where no heir was of age at the time. */
function inherited(
  workshop: Workshop,
  land: Parcel,
  dead: Citizen,
  heirs: readonly Citizen[],
): boolean {
  const { random } = workshop;
  const died = dead.died!;
  const from = random.between(Math.max(FIRST_RIGHTS, majority(dead.born)) + 30, died - 300);
  const passed = Math.min(died + random.between(30, 400), TODAY - 5);
  const able = heirs
    .filter((heir) => majority(heir.born) < passed && aliveOn(heir, passed))
    .slice(0, 3);
  if (able.length === 0) return false;
  const widow = heirs.find(({ record }) =>
    dead.record.marriages.some(({ spouse }) => spouse === record.pin),
  );
  const together =
    widow !== undefined &&
    majority(widow.born) < from &&
    dead.record.marriages.some((m) => day(m.from) < from);
  hold(
    land,
    together ? ownersOf(dead, widow, true) : [sole({ citizen: dead.record.pin }, dead.name)],
    from,
    passed,
  );
  hold(land, equal(able), passed, null);
  finish(workshop, land, passed);
  return true;
}

/** An earlier holder who sold: the anchors of another block, or a company there. */
function soldBefore(workshop: Workshop, land: Parcel, sold: Day): void {
  const { random, layout } = workshop;
  const block = random.between(0, layout.blocks - 1);
  const { husband, wife } = anchorsOf(layout, block);
  const from = random.between(FIRST_RIGHTS + 200, sold - 200);
  const company = anchorCompany(layout, block);
  const owners: Owner[] =
    random.chance(0.2) && company.registered < from
      ? [sole({ company: company.code }, company.name)]
      : [husband, wife].map((one) => ({
          holder: { citizen: one.pin },
          name: fullName(one),
          numerator: 1,
          denominator: 2,
        }));
  hold(land, owners, from, sold);
}

function sharedWithElsewhere(
  workshop: Workshop,
  holder: Citizen,
  spouse: Citizen | undefined,
  example: boolean,
): Owner[] {
  const { random, layout, site } = workshop;
  const other = layout.elsewhere(random, site.commune.province);
  if (other === null) return ownersOf(holder, spouse, true);
  const { husband, wife } = anchorsOf(layout, other.index);
  const either = random.pick([husband, wife]);
  // The demonstrations need somebody who lives elsewhere: heads of households never stay away from home.
  const owner = example ? husband : either;
  const far: Owner = {
    holder: { citizen: owner.pin },
    name: fullName(owner),
    numerator: 1,
    denominator: 2,
  };
  if (spouse === undefined)
    return [{ ...sole({ citizen: holder.record.pin }, holder.name), denominator: 2 }, far];
  return [
    ...ownersOf(holder, spouse, true).map((near) => ({ ...near, denominator: 3 })),
    { ...far, denominator: 3 },
  ];
}

function ownersOf(holder: Citizen, spouse: Citizen | undefined, together: boolean): Owner[] {
  return equal(spouse !== undefined && together ? [holder, spouse] : [holder]);
}
function equal(holders: readonly Citizen[]): Owner[] {
  return holders.map(({ record, name }) => ({
    holder: { citizen: record.pin },
    name,
    numerator: 1,
    denominator: holders.length,
  }));
}
function sole(holder: Holder, name: string): Owner {
  return { holder, name, numerator: 1, denominator: 1 };
}

function hold(land: Parcel, owners: readonly Owner[], from: Day, to: Day | null): void {
  for (const { holder, name, numerator, denominator } of owners)
    land.rights.push({
      id: `${land.id}-R${land.rights.length + 1}`,
      holder,
      nameOnCertificate: name,
      share: { numerator, denominator },
      from: iso(from),
      to: to === null ? null : iso(to),
    });
}
