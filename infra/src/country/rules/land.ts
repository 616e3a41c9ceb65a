import type { Parcel } from "../model.ts";
import { duplicates, sharesOn, TODAY, type Whole, years } from "./whole.ts";

/** @returns by rule, the ids of the parcels that break it */
export function landViolations(country: Whole): Record<string, string[]> {
  const { blocks, byPin, companies } = country;
  const parcels = blocks.flatMap((block) => block.parcels);
  const wrong = (rule: (parcel: Parcel) => boolean): string[] =>
    parcels.filter((parcel) => !rule(parcel)).map(({ id }) => id);
  return {
    parcelTwice: duplicates(parcels.map(({ id }) => id)),
    certificateTwice: duplicates(
      parcels.flatMap(({ certificate }) => (certificate === null ? [] : [certificate.number])),
    ),
    certificateForm: wrong(
      ({ certificate }) =>
        certificate === null ||
        (certificate.issued < "2025" ? /^[A-Z]{2}\d{6}$/ : /^[A-Z]{2}\d{8}$/).test(
          certificate.number,
        ),
    ),
    parcelId: wrong(({ id, commune, sheet, number }) => id === `${commune}-${sheet}-${number}`),
    sharesAddUp: wrong(({ rights }) =>
      [...rights.map(({ from }) => from), TODAY].every(
        (on) => Math.abs(sharesOn(rights, on) - 1) < 1e-9,
      ),
    ),
    usesAddUp: wrong(
      ({ areaSquareMetres, uses }) =>
        Math.abs(uses.reduce((sum, use) => sum + use.areaSquareMetres, 0) - areaSquareMetres) <
        0.05,
    ),
    usesLargestFirst: wrong(({ uses }) =>
      uses.every(
        ({ areaSquareMetres }, at) =>
          at === 0 || uses[at - 1]!.areaSquareMetres >= areaSquareMetres,
      ),
    ),
    holderAdultAndAlive: wrong(({ rights }) =>
      rights.every(({ holder, from }) => {
        if ("company" in holder)
          return companies.has(holder.company) && companies.get(holder.company)!.registered <= from;
        const person = byPin.get(holder.citizen);
        return (
          person !== undefined &&
          years(person.birthDate, from) >= 18 &&
          (person.deathDate === null || from < person.deathDate)
        );
      }),
    ),
    geometry: wrong(({ geometry }) => {
      const [first, last] = [geometry[0]!, geometry.at(-1)!];
      return (
        geometry.length === 5 &&
        first[0] === last[0] &&
        first[1] === last[1] &&
        geometry.every(([lon, lat]) => lon > 102.1 && lon < 109.5 && lat > 8.5 && lat < 23.4)
      );
    }),
    counterclockwise: wrong(
      ({ geometry }) =>
        geometry
          .slice(1)
          .reduce((sum, [x, y], at) => sum + (geometry[at]![0] * y - x * geometry[at]![1]), 0) > 0,
    ),
    mortgagesByBanks: wrong(({ encumbrances }) =>
      encumbrances.every(
        ({ kind, company, inFavourOf, amount, from, to }) =>
          from <= TODAY &&
          (to === null || to > from) &&
          (kind === "MORTGAGE"
            ? companies.get(company!)?.name === inFavourOf && amount! > 0
            : company === null),
      ),
    ),
    sortedNothingInTheFuture: wrong(
      ({ rights, certificate }) =>
        rights.every(
          ({ from, to }) => from <= TODAY && (to === null || (to > from && to <= TODAY)),
        ) && (certificate?.issued ?? TODAY) <= TODAY,
    ),
  };
}
