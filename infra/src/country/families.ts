import { MIGRANTS_PER_BLOCK } from "./anchors.ts";
import { addYears, ageOn, iso, newYear, TODAY, type Day } from "./calendar.ts";
import { migrant, settleAnchors } from "./far-kin.ts";
import { born, MARGIN, marry, type Plan, planCouple, settleStatus } from "./lives.ts";
import type { Relation } from "./model.ts";
import type { Citizen, Workshop } from "./people.ts";

type Member = readonly [Citizen, Relation, Day];

/** Fills the block with people: its anchors, the family of the demonstrations, then families until nobody is missing. */
export function settle(workshop: Workshop): void {
  settleAnchors(workshop);
  if (workshop.site.index === 0) exampleFamily(workshop);
  for (let which = 0; which < MIGRANTS_PER_BLOCK; which++) migrant(workshop, which);
  elders(workshop, true);
  const { random } = workshop;
  while (workshop.room > 0) {
    const family = workshop.room < 4 ? alone : random.weighted(FAMILIES);
    family(workshop);
  }
  for (const citizen of workshop.citizens) settleStatus(workshop, citizen);
}

const FAMILIES: readonly (readonly [(workshop: Workshop) => void, number])[] = [
  [nuclear, 46],
  [threeGenerations, 20],
  [young, 10],
  [(workshop) => elders(workshop, false), 9],
  [alone, 8],
  [separated, 5],
  [singleMother, 4],
];

/** A couple with three children, one of them under six: who signs in first in every demonstration. */
function exampleFamily(workshop: Workshop): void {
  const married = newYear(2010) + 100;
  const husband = workshop.add({
    birth: {
      sex: "MALE",
      born: newYear(1984) + 75,
      familyName: "Nguyễn",
      middleName: "Đức",
      ethnicity: "Kinh",
    },
  });
  const wife = workshop.add({
    birth: { sex: "FEMALE", born: newYear(1987) + 200, ethnicity: "Kinh" },
  });
  marry(husband, wife, married);
  const children = [newYear(2012) + 40, newYear(2016) + 260, newYear(2022) + 150].map((on) =>
    born(workshop, on, husband, wife, true),
  );
  const home = workshop.house(
    husband,
    married,
    [[wife, "SPOUSE", married], ...children.map((child): Member => [child, "CHILD", child.born])],
    false,
  );
  for (const member of home.members) workshop.spared.add(member.record.pin);
  husband.record.phone = `+84113${husband.identity.serial}`;
  husband.record.email = `c${husband.identity.serial}@cong-dan.example`;
}

function nuclear(workshop: Workshop): void {
  const { random } = workshop;
  const plan = planCouple(
    random,
    newYear(random.between(1960, 1999)) + random.between(0, 364),
    random.between(0, 3),
  );
  couple(workshop, plan, workshop.room - 2);
}

/** Married lately, with a child of the last two years. */
function young(workshop: Workshop): void {
  const { random } = workshop;
  const husbandBorn = newYear(random.between(1993, 2002)) + random.between(0, 364);
  const wifeBorn = husbandBorn + random.between(-300, 700);
  const births = [TODAY - MARGIN + 15 - random.between(0, 700)];
  const married = births[0]! - random.between(260, 500);
  couple(
    workshop,
    { husbandBorn, wifeBorn, married, births, husbandDied: null, wifeDied: null },
    workshop.room - 2,
  );
}

function threeGenerations(workshop: Workshop): void {
  const { random } = workshop;
  const elder = planCouple(
    random,
    newYear(random.between(1936, 1970)) + random.between(0, 364),
    4,
    true,
  );
  const heir = elder.births.findIndex((on) => on < addYears(TODAY, -24));
  if (workshop.room < 5 || heir < 0) return nuclear(workshop);
  const grandfather = workshop.add(
    { birth: { sex: "MALE", born: elder.husbandBorn } },
    { died: elder.husbandDied },
  );
  const grandmother = workshop.add(
    { birth: { sex: "FEMALE", born: elder.wifeBorn } },
    { died: elder.wifeDied },
  );
  marry(grandfather, grandmother, elder.married);
  const plan = planCouple(random, elder.births[heir]!, random.between(1, 3));
  const husband = workshop.add(
    {
      birth: {
        sex: "MALE",
        born: plan.husbandBorn,
        familyName: grandfather.identity.familyName,
        ethnicity: grandfather.identity.ethnicity,
      },
    },
    { father: grandfather, mother: grandmother, died: plan.husbandDied },
  );
  const wife = workshop.add(
    { birth: { sex: "FEMALE", born: plan.wifeBorn } },
    { died: plan.wifeDied },
  );
  marry(husband, wife, plan.married);
  const siblings = elder.births
    .filter((_, rank) => rank !== heir)
    .slice(0, Math.min(workshop.room, 1))
    .map((on) => born(workshop, on, grandfather, grandmother));
  const children = plan.births
    .slice(0, workshop.room)
    .map((on) => born(workshop, on, husband, wife));
  const family = { grandfather, grandmother, husband, wife, siblings, children };
  houseGenerations(workshop, family, elder.married, plan.married);
}

/** The grandfather heads the household until he is old; then his son does, or the son's widow. */
function houseGenerations(
  workshop: Workshop,
  family: Record<"grandfather" | "grandmother" | "husband" | "wife", Citizen> &
    Record<"siblings" | "children", Citizen[]>,
  elderMarried: Day,
  married: Day,
): void {
  const { grandfather, grandmother, husband, wife, siblings, children } = family;
  if (grandfather.died === null && ageOn(grandfather.born, TODAY) < 72) {
    workshop.house(grandfather, elderMarried, [
      [grandmother, "SPOUSE", elderMarried],
      [husband, "CHILD", husband.born],
      [wife, "OTHER", married],
      ...siblings.map((one): Member => [one, "CHILD", one.born]),
      ...children.map((one): Member => [one, "GRANDCHILD", one.born]),
    ]);
    return;
  }
  const head = husband.died === null ? husband : wife;
  const own = head === husband;
  workshop.house(head, own ? elderMarried : married, [
    [own ? wife : husband, "SPOUSE", married],
    [grandfather, own ? "PARENT" : "OTHER", elderMarried],
    [grandmother, own ? "PARENT" : "OTHER", elderMarried],
    ...siblings.map((one): Member => [one, own ? "SIBLING" : "OTHER", one.born]),
    ...children.map((one): Member => [one, "CHILD", one.born]),
  ]);
}

/** An old couple whose children have left; `widowed`: one of them has died, leaving what both owned. */
function elders(workshop: Workshop, widowed: boolean): void {
  const { random } = workshop;
  const plan = planCouple(random, newYear(random.between(1938, 1962)) + random.between(0, 364), 0);
  plan.wifeDied = null;
  plan.husbandDied = widowed || random.chance(0.5) ? TODAY - random.between(200, 4500) : null;
  couple(workshop, plan, 0);
}

function alone(workshop: Workshop): void {
  const { random } = workshop;
  const bornOn = newYear(random.between(1958, 2004)) + random.between(0, 364);
  const citizen = workshop.add({
    birth: { sex: random.chance(0.5) ? "MALE" : "FEMALE", born: bornOn },
  });
  if (random.chance(0.03)) citizen.record.missingSince = iso(TODAY - random.between(100, 3000));
  workshop.house(citizen, Math.min(addYears(bornOn, random.between(19, 30)), TODAY - MARGIN), []);
}

/** Divorced parents: the children stay with the mother; the father lives by himself or has married again. */
function separated(workshop: Workshop): void {
  const { random } = workshop;
  const plan = planCouple(
    random,
    newYear(random.between(1966, 1990)) + random.between(0, 364),
    random.between(1, 2),
  );
  const end = Math.max(plan.married, ...plan.births) + random.between(400, 2500);
  if (end > TODAY - 800) return nuclear(workshop);
  const husband = workshop.add({ birth: { sex: "MALE", born: plan.husbandBorn } });
  const wife = workshop.add({ birth: { sex: "FEMALE", born: plan.wifeBorn } });
  marry(husband, wife, plan.married, end);
  const children = plan.births
    .slice(0, workshop.room)
    .map((on) => born(workshop, on, husband, wife));
  workshop.house(
    wife,
    end,
    children.map((child): Member => [child, "CHILD", child.born]),
  );
  if (workshop.room === 0 || random.chance(0.6)) {
    workshop.house(husband, end, []);
    return;
  }
  const again = end + random.between(200, 700);
  const second = workshop.add({
    birth: { sex: "FEMALE", born: plan.wifeBorn + random.between(-500, 300) },
  });
  marry(husband, second, again);
  workshop.house(husband, end, [[second, "SPOUSE", again]]);
}

/** A child whose birth was registered without a father. */
function singleMother(workshop: Workshop): void {
  const { random } = workshop;
  const motherBorn = newYear(random.between(1975, 2001)) + random.between(0, 364);
  const on = Math.min(
    addYears(motherBorn, random.between(20, 36)) + random.between(0, 300),
    TODAY - MARGIN,
  );
  const mother = workshop.add({ birth: { sex: "FEMALE", born: motherBorn } });
  const child = born(workshop, on, null, mother);
  workshop.house(mother, on, [[child, "CHILD", on]]);
}

/** Adds a planned couple with as many of its children as there is room for, and houses them. */
function couple(workshop: Workshop, plan: Plan, room: number): void {
  const husband = workshop.add(
    { birth: { sex: "MALE", born: plan.husbandBorn } },
    { died: plan.husbandDied },
  );
  const wife = workshop.add(
    { birth: { sex: "FEMALE", born: plan.wifeBorn } },
    { died: plan.wifeDied },
  );
  marry(husband, wife, plan.married);
  const children = plan.births
    .slice(0, Math.max(room, 0))
    .map((on) => born(workshop, on, husband, wife));
  const [head, spouse] = husband.died === null ? [husband, wife] : [wife, husband];
  workshop.house(head, plan.married, [
    [spouse, "SPOUSE", plan.married],
    ...children.map((child): Member => [child, "CHILD", child.born]),
  ]);
}
