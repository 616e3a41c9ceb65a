import { addYears, iso, REFORM, TODAY, type Day } from "./calendar.ts";
import { personalIdentificationNumber } from "./identifiers.ts";
import { placeIn, type Layout, type Site } from "./layout.ts";
import type { Place } from "./model.ts";
import { addressLine, familyName, givenName, middleName } from "./names.ts";
import type { Random } from "./randomness.ts";

export type Sex = "MALE" | "FEMALE";

/** What a person is born with: enough for another block to name the person. */
export interface Identity {
  pin: string;
  serial: string;
  familyName: string;
  middleName: string;
  givenName: string;
  sex: Sex;
  born: Day;
  ethnicity: string;
  birthPlace: Place;
  birthRegistration: Place;
  /** The two-digit province of registration, of the era of the registration. */
  registrationProvince: string;
}

export interface Birth {
  sex: Sex;
  born: Day;
  familyName?: string;
  middleName?: string;
  ethnicity?: string;
  /** Where the person was born, if not in the block's own commune. */
  site?: Site;
}

export function ethnicityAt(random: Random, site: Site): string {
  let left = random.next() * 100;
  for (const [people, percent] of site.character.peoples) {
    left -= percent;
    if (left < 0) return people;
  }
  return "Kinh";
}

/** Makes the person at `position` of a block out of the given stream alone. */
export function makeIdentity(
  layout: Layout,
  block: Site,
  position: number,
  random: Random,
  birth: Birth,
): Identity {
  const site = birth.site ?? block;
  const ethnicity = birth.ethnicity ?? ethnicityAt(random, site);
  const earlier = random.pick(site.commune.earlier);
  const registered = Math.min(birth.born + random.between(1, 20), TODAY);
  const line = addressLine(random, site.commune.urban);
  const registrationProvince = registered < REFORM ? earlier.province : site.commune.province;
  const serial = layout.serial(block.index, position);
  return {
    pin: personalIdentificationNumber(registrationProvince, birth.sex, birth.born, serial),
    serial,
    familyName: birth.familyName ?? familyName(random, site.character, ethnicity),
    middleName: birth.middleName ?? middleName(random, birth.sex),
    givenName: givenName(random, birth.sex),
    sex: birth.sex,
    born: birth.born,
    ethnicity,
    birthPlace: placeIn(site, earlier, birth.born, random.chance(0.7) ? hospitalLine(site) : line),
    birthRegistration: placeIn(site, earlier, registered, "Ủy ban nhân dân"),
    registrationProvince,
  };
}

function hospitalLine(site: Site): string {
  return `Trạm Y tế ${site.commune.name}`;
}

/** An identity card is issued from fourteen on and renewed at 25, 40 and 60; after that it holds for life. */
export function identityCard(
  random: Random,
  identity: Identity,
  died: Day | null,
): { number: string; issued: string; expires: string | null } | null {
  const first = Math.max(addYears(identity.born, 14), FIRST_CARDS);
  const last = died ?? TODAY;
  if (first >= last) return null;
  let issued = random.between(first, Math.min(last, first + 900));
  for (const age of [25, 40, 60]) {
    const renewal = addYears(identity.born, age);
    // A card issued in the two years before a renewal serves until the next one.
    if (renewal <= issued + 730) continue;
    if (renewal >= last)
      return { number: identity.pin, issued: iso(issued), expires: iso(renewal) };
    issued = renewal;
  }
  return { number: identity.pin, issued: iso(issued), expires: null };
}

/** Cards with the twelve-digit number as a chip card are issued since 2021. */
const FIRST_CARDS: Day = 18_628;
