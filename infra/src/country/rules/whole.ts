import { makeCountry } from "../country.ts";
import type { Block, Company, Conflict, Holder, Person } from "../model.ts";

// The rules of this folder are what tests hold a generated country against; they share no code with the generator.
export const TODAY = "2026-11-15";
export const REFORM = "2025-07-01";

/** Everything of a country at once, indexed: what the rules are checked on, without the generator's own code. */
export interface Whole {
  blocks: Block[];
  people: Person[];
  byPin: Map<string, Person>;
  companies: Map<string, Company>;
  conflicts: Conflict[];
}

export function whole(seed: number, citizens: number): Whole {
  const blocks = [...makeCountry({ seed, citizens }).blocks()];
  const people = blocks.flatMap((block) => block.people);
  return {
    blocks,
    people,
    byPin: new Map(people.map((person) => [person.pin, person])),
    companies: new Map(
      blocks.flatMap(({ companies }) => companies).map((company) => [company.code, company]),
    ),
    conflicts: blocks.flatMap(({ conflicts }) => conflicts),
  };
}

/** Whole years between two ISO dates. */
export function years(from: string, to: string): number {
  const full = Number(to.slice(0, 4)) - Number(from.slice(0, 4));
  return to.slice(5) < from.slice(5) ? full - 1 : full;
}

export function nameOf({ familyName, middleName, givenName }: Person): string {
  return [familyName, middleName, givenName].join(" ");
}

export function duplicates(values: readonly string[]): string[] {
  const seen = new Set<string>();
  return values.filter((value) => seen.size === seen.add(value).size);
}

/** The holders on a day, and whether their shares make one. */
export function sharesOn(
  rights: { from: string; to: string | null; share: { numerator: number; denominator: number } }[],
  on: string,
): number {
  return rights
    .filter(({ from, to }) => from <= on && (to === null || to > on))
    .reduce((sum, { share }) => sum + share.numerator / share.denominator, 0);
}

export function holderName({ byPin, companies }: Whole, holder: Holder): string | undefined {
  if ("company" in holder) return companies.get(holder.company)?.name;
  const person = byPin.get(holder.citizen);
  return person === undefined ? undefined : nameOf(person);
}
