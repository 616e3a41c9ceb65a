import { makeCountry } from "../country.ts";
import type { Person } from "../model.ts";
import { duplicates, REFORM, TODAY, type Whole } from "./whole.ts";

/** @returns by rule, the PINs of those who break it */
export function peopleViolations({ people }: Whole): Record<string, string[]> {
  const units = makeCountry({ seed: 0, citizens: 100 }).units();
  const era = (code: string, on: string): boolean =>
    units.some(
      (unit) =>
        unit.code === code &&
        unit.level === "COMMUNE" &&
        (on < REFORM ? unit.to === REFORM : unit.from === REFORM),
    );
  const communes = new Map<string, boolean>();
  const known = ({ commune, asOf }: { commune: string; asOf: string }): boolean => {
    const key = `${commune}/${asOf < REFORM}`;
    if (!communes.has(key)) communes.set(key, era(commune, asOf));
    return communes.get(key)!;
  };
  const registrationProvince = (person: Person): string =>
    units.find(
      ({ code, level, to }) =>
        level === "COMMUNE" &&
        code === person.birthRegistration.commune &&
        (to !== null) === person.birthRegistration.asOf < REFORM,
    )!.parent!;
  const wrong = (rule: (person: Person) => boolean): string[] =>
    people.filter((person) => !rule(person)).map(({ pin }) => pin);
  return {
    pinForm: wrong(
      ({ pin, sex, birthDate, birthRegistration, ...rest }) =>
        /^9\d{11}$/.test(pin) &&
        pin.slice(1, 3) ===
          registrationProvince({ pin, sex, birthDate, birthRegistration, ...rest }) &&
        Number(pin[3]) === (birthDate < "2000" ? 0 : 2) + (sex === "MALE" ? 0 : 1) &&
        pin.slice(4, 6) === birthDate.slice(2, 4),
    ),
    pinTwice: duplicates(people.map(({ pin }) => pin)),
    places: wrong(({ birthPlace, birthRegistration, nativePlace, residences }) =>
      [birthPlace, birthRegistration, nativePlace, ...residences.map(({ place }) => place)].every(
        known,
      ),
    ),
    residenceProvince: wrong(
      ({ province, residences }) =>
        residences.length > 0 &&
        (residences.findLast(({ kind, to }) => kind === "CURRENT" && to === null) ??
          residences.at(-1))!.place.province === province,
    ),
    residencePeriods: wrong(({ residences, birthDate, deathDate }) =>
      residences.every(
        ({ from, to, place }) =>
          from >= birthDate &&
          place.asOf === from &&
          from <= TODAY &&
          (to === null || to >= from) &&
          (deathDate === null || (to !== null && to <= deathDate)),
      ),
    ),
    nothingInTheFuture: wrong(
      ({ birthDate, deathDate, missingSince, identityCard, birthRegistration }) =>
        [
          birthDate,
          deathDate,
          missingSince,
          identityCard?.issued ?? null,
          birthRegistration.asOf,
        ].every((on) => on === null || on <= TODAY),
    ),
    deathAfterBirth: wrong(
      ({ birthDate, deathDate }) => deathDate === null || deathDate > birthDate,
    ),
    cardNumberIsPin: wrong(
      ({ pin, identityCard }) =>
        identityCard === null ||
        (identityCard.number === pin &&
          (identityCard.expires === null || identityCard.expires > identityCard.issued)),
    ),
    contactUnique: duplicates(
      people.flatMap(({ phone, email }) => [phone, email]).filter((each) => each !== null),
    ),
  };
}
