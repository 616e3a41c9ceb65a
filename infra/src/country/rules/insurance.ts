import type { Conflict, Person } from "../model.ts";
import { duplicates, TODAY, type Whole, years } from "./whole.ts";

/** The place of conflicts that the rules below know of. */
function listed(conflicts: readonly Conflict[], kind: Conflict["kind"]): Set<string> {
  return new Set(
    conflicts
      .filter((each) => each.kind === kind)
      .map(({ citizen, company, parcel }) => `${citizen}|${company ?? parcel}`),
  );
}

/** The last day of a children's card: 30 September of the sixth year, or the end of the sixth birthday's month. */
function childrensCardEnd(birthDate: string): string {
  const [year, month] = [Number(birthDate.slice(0, 4)) + 6, birthDate.slice(5, 7)];
  return `${year}-${{ "10": "10-31", "11": "11-30", "12": "12-31" }[month] ?? "09-30"}`;
}

/** @returns by rule, the PINs of those whose insurance breaks it */
export function insuranceViolations({
  blocks,
  byPin,
  companies,
  conflicts,
}: Whole): Record<string, string[]> {
  const all = blocks.flatMap((block) => block.insurance);
  const open = listed(conflicts, "DISSOLVED_EMPLOYER_CONTRIBUTES");
  const wrong = (rule: (each: (typeof all)[number], person: Person) => boolean): string[] =>
    all.filter((each) => !rule(each, byPin.get(each.pin)!)).map(({ pin }) => pin);
  const validToday = (card: { from: string; to: string | null }): boolean =>
    card.from <= TODAY && (card.to === null || card.to >= TODAY);
  return {
    insuredTwice: duplicates(all.map(({ pin }) => pin)),
    numberTwice: duplicates(
      all.flatMap(({ socialInsuranceNumber }) => socialInsuranceNumber ?? []),
    ),
    numberForm: wrong(
      ({ socialInsuranceNumber }) =>
        socialInsuranceNumber === null || /^\d{10}$/.test(socialInsuranceNumber),
    ),
    numberOnlyBeforeThePin: wrong(({ socialInsuranceNumber, numberFrom }) =>
      socialInsuranceNumber === null ? numberFrom === null : numberFrom! < "2025-08-01",
    ),
    childrenHaveTe: blocks
      .flatMap(({ people }) => people)
      .filter(
        ({ deathDate, birthDate }) => deathDate === null && childrensCardEnd(birthDate) >= TODAY,
      )
      .filter(
        ({ pin }) =>
          !all
            .find((each) => each.pin === pin)
            ?.healthCards.some((card) => card.type === "TE" && validToday(card)),
      )
      .map(({ pin }) => pin),
    teLastsAsLongAsTheEntitlement: wrong(({ healthCards }, { birthDate, deathDate }) =>
      healthCards.every(
        ({ type, to }) =>
          type !== "TE" ||
          to === [deathDate ?? "9999-12-31", childrensCardEnd(birthDate)].toSorted()[0],
      ),
    ),
    nextCardFollowsTe: wrong(({ healthCards }, { birthDate }) =>
      healthCards.every(({ type, from }) => type === "TE" || from > childrensCardEnd(birthDate)),
    ),
    oneCardToday: wrong(({ healthCards }) => healthCards.filter(validToday).length <= 1),
    cardForm: wrong(({ healthCards, socialInsuranceNumber, pin }) =>
      healthCards.every(
        ({ number, type, level }) =>
          /^[A-Z]{2}[1-5]\d{12}$/.test(number) &&
          number.startsWith(`${type}${level}`) &&
          number.slice(5) === (socialInsuranceNumber ?? pin.slice(2)) &&
          level === { TE: 1, HN: 2, HT: 3, HS: 4, DN: 4, GD: 4 }[type],
      ),
    ),
    employeesHaveDn: wrong(
      ({ healthCards, contributions }) =>
        !healthCards.some((card) => card.type === "DN" && validToday(card)) ||
        contributions.some(({ to }) => to === null),
    ),
    pensionersHaveHt: wrong(
      ({ healthCards, benefits }, { deathDate }) =>
        deathDate !== null ||
        !benefits.some(({ kind, to }) => kind === "PENSION" && to === null) ||
        healthCards.some((card) => card.type === "HT" && validToday(card)),
    ),
    employersActive: wrong(({ contributions, pin }) =>
      contributions.every(({ employer, from, to }) => {
        const company = companies.get(employer);
        const end = company?.statuses.find(({ status }) => status === "DISSOLVED")?.from;
        return (
          company !== undefined &&
          company.registered <= from &&
          (end === undefined || (to !== null && to <= end) || open.has(`${pin}|${employer}`))
        );
      }),
    ),
    contributionsInLife: wrong(({ contributions }, { birthDate, deathDate }) =>
      contributions.every(
        ({ from, to }, at) =>
          years(birthDate, from) >= 18 &&
          from <= TODAY &&
          (to === null || (to > from && to <= TODAY)) &&
          (deathDate === null || (to !== null && to <= deathDate)) &&
          (at === 0 || contributions[at - 1]!.to! <= from),
      ),
    ),
    benefitsInLife: wrong(({ benefits }, { deathDate }) =>
      benefits.every(
        ({ from, to, monthlyAmount }) =>
          from <= TODAY &&
          monthlyAmount > 0 &&
          Number.isSafeInteger(monthlyAmount) &&
          (to === null || to >= from) &&
          (deathDate === null || (to !== null && to <= deathDate)),
      ),
    ),
    rowIdTwice: duplicates(
      all.flatMap(({ contributions, benefits }) =>
        [...contributions, ...benefits].map(({ id }) => id),
      ),
    ),
    cardPeriods: wrong(({ healthCards }) =>
      healthCards.every(
        ({ from, to, fiveYearsFrom }) =>
          from <= TODAY &&
          (to === null || to >= from) &&
          (fiveYearsFrom === null || fiveYearsFrom <= TODAY),
      ),
    ),
  };
}
