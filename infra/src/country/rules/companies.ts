import { VSIC_2025 } from "@truc/business";
import type { Company } from "../model.ts";
import { duplicates, sharesOn, TODAY, type Whole, years } from "./whole.ts";

/** @returns by rule, the codes of the companies that break it */
export function companyViolations(country: Whole): Record<string, string[]> {
  const { blocks, byPin } = country;
  const companies = blocks.flatMap((block) => block.companies);
  const wrong = (rule: (company: Company) => boolean): string[] =>
    companies.filter((company) => !rule(company)).map(({ code }) => code);
  const checkDigit = (code: string): number => {
    const weights = [31, 29, 23, 19, 17, 13, 7, 5, 3];
    return 10 - (weights.reduce((sum, weight, at) => sum + weight * Number(code[at]), 0) % 11);
  };
  return {
    codeTwice: duplicates(companies.map(({ code }) => code)),
    checkDigit: wrong(({ code }) => /^\d{10}$/.test(code) && checkDigit(code) === Number(code[9])),
    prefixOfProvince: wrong(({ code, headOffice }) => code.startsWith(`${headOffice.province}9`)),
    sharesAddUpInCompany: wrong(({ owners, statuses }) =>
      [
        ...owners.map(({ from }) => from),
        ...(statuses.at(-1)!.status === "DISSOLVED" ? [] : [TODAY]),
      ].every((on) => Math.abs(sharesOn(owners, on) - 1) < 1e-9),
    ),
    capitalOfOwners: wrong(({ owners, charterCapital }) =>
      owners.every(
        ({ capital, share }) =>
          Math.abs(capital - (charterCapital * share.numerator) / share.denominator) < 1 &&
          Number.isSafeInteger(capital),
      ),
    ),
    representativeAdult: wrong(
      ({ representatives }) =>
        representatives.length > 0 &&
        representatives.every(({ pin, from }) => {
          const person = byPin.get(pin);
          return (
            person !== undefined &&
            years(person.birthDate, from) >= 18 &&
            (person.deathDate === null || from < person.deathDate)
          );
        }),
    ),
    represented: wrong(
      ({ representatives, statuses }) =>
        (statuses.at(-1)!.status === "DISSOLVED") ===
        representatives.every(({ to }) => to !== null),
    ),
    ownersExist: wrong(({ owners }) =>
      owners.every(({ holder, from }) => {
        if ("company" in holder)
          return (country.companies.get(holder.company)?.registered ?? "9999") <= from;
        const person = byPin.get(holder.citizen);
        return (
          person !== undefined &&
          years(person.birthDate, from) >= 18 &&
          (person.deathDate === null || from < person.deathDate)
        );
      }),
    ),
    deadOwnersHaveLeft: wrong(({ owners }) =>
      owners.every(
        ({ holder, to }) =>
          to !== null || "company" in holder || byPin.get(holder.citizen)!.deathDate === null,
      ),
    ),
    statusesInOrder: wrong(
      ({ statuses, registered }) =>
        statuses[0]!.from === registered &&
        statuses.every(
          ({ from }, at) => from <= TODAY && (at === 0 || statuses[at - 1]!.from < from),
        ),
    ),
    lastNameIsTheName: wrong(({ name, changes }) =>
      changes.findLast(({ kind }) => kind === "NAME")?.after !== undefined
        ? changes.findLast(({ kind }) => kind === "NAME")!.after === name
        : true,
    ),
    branches: wrong(({ code, branches }) =>
      branches.every(
        (branch) =>
          branch.code.startsWith(`${code}-`) &&
          (branch.closed === null || branch.closed > branch.opened) &&
          branch.opened <= TODAY,
      ),
    ),
    industries: wrong(
      ({ industries }) => industries.length > 0 && industries.every((each) => each in VSIC_2025),
    ),
  };
}
