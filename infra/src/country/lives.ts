import { addYears, ageOn, iso, TODAY, type Day } from "./calendar.ts";
import type { Identity } from "./identity.ts";
import type { Citizen, Workshop } from "./people.ts";
import type { Random } from "./randomness.ts";

/** Days between the last event of a life and the day the country is seen: nobody dies or is born later. */
export const MARGIN = 25;

/** The dates of a couple's life together, drawn before anybody is born. */
export interface Plan {
  husbandBorn: Day;
  wifeBorn: Day;
  married: Day;
  births: Day[];
  husbandDied: Day | null;
  wifeDied: Day | null;
}

/** Draws a marriage, births within it and deaths after them; one of the two lives on unless both may die. */
export function planCouple(
  random: Random,
  husbandBorn: Day,
  children: number,
  bothMayDie = false,
): Plan {
  const wifeBorn = Math.min(husbandBorn + random.between(-700, 2200), addYears(TODAY, -20));
  const earliest = Math.max(addYears(husbandBorn, 20), addYears(wifeBorn, 18)) + 30;
  const married = Math.min(earliest + random.between(0, 2800), Math.max(earliest, TODAY - 400));
  const births: Day[] = [];
  const fertile = Math.min(addYears(wifeBorn, 43), TODAY - MARGIN);
  let on = married + random.between(250, 1100);
  while (births.length < children && on <= fertile) {
    births.push(on);
    on += random.between(500, 1900);
  }
  const last = Math.max(married, ...births) + 300;
  const husbandDied = death(random, husbandBorn, last);
  const wifeDied = husbandDied !== null && !bothMayDie ? null : death(random, wifeBorn, last);
  return { husbandBorn, wifeBorn, married, births, husbandDied, wifeDied };
}

/** Whether somebody has died by today, and when: more likely the older. */
function death(random: Random, bornOn: Day, after: Day): Day | null {
  const age = ageOn(bornOn, TODAY);
  const probability = age < 45 ? 0.01 : age < 60 ? 0.05 : age < 75 ? 0.18 : age < 85 ? 0.45 : 0.8;
  if (!random.chance(probability)) return null;
  const earliest = Math.max(after, addYears(bornOn, 30));
  const latest = Math.min(TODAY - MARGIN, addYears(bornOn, 101));
  return earliest < latest ? random.between(Math.max(earliest, latest - 9000), latest) : null;
}

/** A child of the block's own mother; `healthy` keeps it alive. */
export function born(
  workshop: Workshop,
  on: Day,
  father: Citizen | Identity | null,
  mother: Citizen,
  healthy = false,
): Citizen {
  const { random } = workshop;
  const diedYoung =
    !healthy && on < TODAY - 1200 && random.chance(0.008)
      ? random.between(on + 30, TODAY - MARGIN)
      : null;
  const line = father === null ? mother.identity : "identity" in father ? father.identity : father;
  return workshop.add(
    {
      birth: {
        sex: random.chance(0.52) ? "MALE" : "FEMALE",
        born: on,
        familyName: line.familyName,
        ethnicity: line.ethnicity,
      },
    },
    { father, mother, died: diedYoung },
  );
}

/** Enters a marriage on both sides; it ends on the given day or with the first death. */
export function marry(one: Citizen, other: Citizen, from: Day, ended: Day | null = null): void {
  const deaths = [one.died, other.died].filter((died) => died !== null);
  const to = ended ?? (deaths.length > 0 ? Math.min(...deaths) : null);
  one.record.marriages.push({
    spouse: other.record.pin,
    from: iso(from),
    to: to === null ? null : iso(to),
  });
  other.record.marriages.push({
    spouse: one.record.pin,
    from: iso(from),
    to: to === null ? null : iso(to),
  });
}

/** Marital status (at death, for the dead) follows from the marriages; minors get a representative. */
export function settleStatus(workshop: Workshop, citizen: Citizen): void {
  const { record } = citizen;
  const last = record.marriages.at(-1);
  if (last !== undefined) {
    const spouseDied = workshop.byPin.get(last.spouse)?.record.deathDate ?? null;
    record.maritalStatus =
      last.to === null || last.to === record.deathDate
        ? "MARRIED"
        : last.to === spouseDied
          ? "WIDOWED"
          : "DIVORCED";
  }
  if (citizen.died !== null || ageOn(citizen.born, TODAY) >= 18) return;
  const parents = [record.father, record.mother].map((pin) =>
    pin === null ? undefined : workshop.byPin.get(pin),
  );
  const living = parents.filter((parent) => parent !== undefined && parent.died === null);
  record.legalRepresentative =
    (living.find((parent) => parent!.home === citizen.home) ?? living[0])?.record.pin ?? null;
}
