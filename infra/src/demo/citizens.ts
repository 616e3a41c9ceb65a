import { ageOn, day, TODAY } from "../country/calendar.ts";
import type { Country, Person } from "../country/model.ts";

/** The age at which a person's parents no longer see her records. */
const OF_AGE = 18;

/** A citizen of the synthetic country who may sign in. */
export interface DemoCitizen {
  /** Her personal identification number: she is known by it everywhere. */
  id: string;
  name: string;
}

/**
 * The citizens whom the demo lets sign in, out of the country's first block: the sample citizen and her spouse, another
 * parent of a minor child, somebody unmarried, somebody widowed.
 * @param sample the PIN of the sample citizen
 */
export function demoCitizens(country: Country, sample: string): DemoCitizen[] {
  const [block] = country.blocks();
  const people = block?.people ?? [];
  const alive = people.filter(({ deathDate, missingSince }) => !deathDate && !missingSince);
  const age = ({ birthDate }: Person): number => ageOn(day(birthDate), TODAY);
  const adults = alive.filter((person) => age(person) >= OF_AGE);
  const own = adults.filter(({ pin }) => pin === sample);
  const spouse = own[0]?.marriages.find(({ to }) => to === null)?.spouse;
  const isFamily = ({ pin }: Person): boolean => pin === sample || pin === spouse;
  const hasMinor = ({ pin }: Person): boolean =>
    alive.some((each) => age(each) < OF_AGE && (each.father === pin || each.mother === pin));
  const others = adults.filter((person) => !isFamily(person));
  const chosen = [
    ...own,
    ...adults.filter(({ pin }) => pin === spouse),
    others.find((person) => person.maritalStatus === "MARRIED" && hasMinor(person)),
    others.find(({ maritalStatus }) => maritalStatus === "SINGLE"),
    others.find(({ maritalStatus }) => maritalStatus === "WIDOWED"),
  ];
  return chosen
    .filter((person) => person !== undefined)
    .map(({ pin, familyName, middleName, givenName }) => ({
      id: pin,
      name: [familyName, middleName, givenName].filter((part) => part !== "").join(" "),
    }));
}
