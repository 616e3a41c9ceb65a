import { duplicates, TODAY, type Whole, years } from "./whole.ts";

/** @returns by rule, the numbers of the households that break it */
export function householdViolations({ blocks, byPin }: Whole): Record<string, string[]> {
  const households = blocks.flatMap((block) => block.households);
  const living = blocks.flatMap(({ people }) => people);
  const housed = households.flatMap(({ members }) => members.map(({ pin }) => pin));
  return {
    householdNumberTwice: duplicates(households.map(({ number }) => number)),
    inTwoHouseholds: duplicates(housed),
    inNoHousehold: living.filter(({ pin }) => !new Set(housed).has(pin)).map(({ pin }) => pin),
    headLives: households
      .filter(({ head, members }) => {
        const person = byPin.get(head)!;
        return (
          person.deathDate !== null ||
          years(person.birthDate, TODAY) < 18 ||
          members.filter(({ relation }) => relation === "HEAD").length !== 1
        );
      })
      .map(({ number }) => number),
    childrenOfTheHead: households
      .filter(({ head, members }) =>
        members.some(({ pin, relation }) => {
          const { father, mother } = byPin.get(pin)!;
          return relation === "CHILD" && father !== head && mother !== head;
        }),
      )
      .map(({ number }) => number),
    deadHaveLeft: households
      .filter(({ members }) =>
        members.some(
          ({ pin, to, from }) =>
            byPin.get(pin)!.deathDate !== to || from > TODAY || (to !== null && to < from),
        ),
      )
      .map(({ number }) => number),
  };
}
