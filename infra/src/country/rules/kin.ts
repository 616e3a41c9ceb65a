import type { Person } from "../model.ts";
import { TODAY, type Whole, years } from "./whole.ts";

/** Parents, marriages and guardians. @returns by rule, the PINs of those who break it */
export function kinViolations({ people, byPin }: Whole): Record<string, string[]> {
  const wrong = (rule: (person: Person) => boolean): string[] =>
    people.filter((person) => !rule(person)).map(({ pin }) => pin);
  const parentsOf = ({ father, mother }: Person): (Person | undefined)[] =>
    [father, mother].filter((pin) => pin !== null).map((pin) => byPin.get(pin));
  const knownParentsOf = (person: Person): Person[] =>
    parentsOf(person).filter((parent) => parent !== undefined);
  return {
    parentsExist: wrong((person) => parentsOf(person).every((parent) => parent !== undefined)),
    parentsAlive: wrong((person) =>
      knownParentsOf(person).every(
        (parent) => parent.deathDate === null || parent.deathDate > person.birthDate,
      ),
    ),
    parentsAge: wrong((person) =>
      knownParentsOf(person).every(
        (parent) =>
          years(parent.birthDate, person.birthDate) >= 18 &&
          years(parent.birthDate, person.birthDate) <= (parent.sex === "MALE" ? 70 : 45),
      ),
    ),
    parentsSex: wrong(
      ({ father, mother }) =>
        (father === null || byPin.get(father)?.sex === "MALE") &&
        (mother === null || byPin.get(mother)?.sex === "FEMALE"),
    ),
    marriageBothSides: wrong(({ pin, marriages }) =>
      marriages.every(({ spouse, from, to }) =>
        byPin
          .get(spouse)
          ?.marriages.some(
            (other) => other.spouse === pin && other.from === from && other.to === to,
          ),
      ),
    ),
    marriageAge: wrong(({ sex, birthDate, marriages }) =>
      marriages.every(
        ({ from }) => years(birthDate, from) >= (sex === "MALE" ? 20 : 18) && from <= TODAY,
      ),
    ),
    marriageEnds: wrong(({ deathDate, marriages }) =>
      marriages.every(({ from, to, spouse }) => {
        const first = [deathDate, byPin.get(spouse)!.deathDate]
          .filter((on) => on !== null)
          .toSorted()[0];
        return first === undefined || (from < first && to !== null && to <= first);
      }),
    ),
    oneMarriageAtATime: wrong(({ marriages }) =>
      marriages.every(({ from }, rank) => rank === 0 || marriages[rank - 1]!.to! <= from),
    ),
    maritalStatus: wrong(({ maritalStatus, marriages, deathDate }) => {
      const last = marriages.at(-1);
      const expected =
        last === undefined
          ? "SINGLE"
          : last.to === null || last.to === deathDate
            ? "MARRIED"
            : byPin.get(last.spouse)!.deathDate === last.to
              ? "WIDOWED"
              : "DIVORCED";
      return maritalStatus === expected;
    }),
    minorsAreRepresented: wrong((person) => {
      const minor = person.deathDate === null && years(person.birthDate, TODAY) < 18;
      if (!minor) return person.legalRepresentative === null;
      const guardian = byPin.get(person.legalRepresentative ?? "");
      return (
        guardian !== undefined &&
        guardian.deathDate === null &&
        years(guardian.birthDate, TODAY) >= 18
      );
    }),
  };
}
