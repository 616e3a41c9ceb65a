import { ageOn, day, TODAY } from "./calendar.ts";
import { found } from "./companies.ts";
import { plant } from "./conflicts.ts";
import { settle } from "./families.ts";
import { insure } from "./insurance.ts";
import { Layout } from "./layout.ts";
import type { Block, Country } from "./model.ts";
import { parcel } from "./parcels.ts";
import { Workshop } from "./people.ts";
import { reside } from "./residences.ts";
import { loadGazetteer } from "./units.ts";

/**
 * A synthetic country of exactly `citizens` people (the dead of the registers included), the same for the same seed
 * and size. Blocks are made one at a time, each from seed, size and index alone: memory does not grow with the size.
 * @throws RangeError for a seed that is no whole number, or a size outside 100 to 1,000,000
 */
export function makeCountry({ seed, citizens }: { seed: number; citizens: number }): Country {
  const layout = new Layout(seed, citizens);
  return {
    seed,
    citizens,
    units: () => [...loadGazetteer().units],
    *blocks(from = 0) {
      for (let index = from; index < layout.blocks; index++) yield makeBlock(layout, index);
    },
  };
}

/** One block of a layout; the order of the steps is the order in which facts depend on each other. */
export function makeBlock(layout: Layout, index: number): Block {
  const workshop = new Workshop(layout, index);
  settle(workshop);
  reside(workshop);
  found(workshop);
  parcel(workshop);
  insure(workshop);
  const conflicts = plant(workshop);
  return {
    index,
    people: workshop.citizens.map(({ record }) => record),
    households: workshop.homes.map(({ record }) => record),
    parcels: workshop.parcels,
    companies: workshop.companies,
    insurance: workshop.insurance,
    conflicts,
  };
}

/** Keys to demonstrate with. */
export interface Samples {
  /**
   * A living, married head of a household with children (one under six), two or more parcels (one mortgaged), an own
   * company, contributions and a valid health card.
   */
  citizen: string;
  /** One of that citizen's parcels, with a co-owner who lives in another province. */
  parcel: string;
  /** That citizen's company, with several employees contributing. */
  company: string;
}

/** Finds the samples in the country's first block. @throws Error if they are not there: a fault of the generator */
export function samples(country: Country): Samples {
  const layout = new Layout(country.seed, country.citizens);
  const block = makeBlock(layout, 0);
  const own = new Set(block.people.map(({ pin }) => pin));
  for (const { head, members } of block.households) {
    const small = members.some(({ pin, relation }) => {
      const person = block.people.find((each) => each.pin === pin)!;
      return (
        relation === "CHILD" && person.deathDate === null && ageOn(day(person.birthDate), TODAY) < 6
      );
    });
    const lands = block.parcels.filter(({ rights }) =>
      rights.some(
        ({ holder, to }) => to === null && "citizen" in holder && holder.citizen === head,
      ),
    );
    const shared = lands.find(({ rights }) =>
      rights.some(
        ({ holder, to }) => to === null && "citizen" in holder && !own.has(holder.citizen),
      ),
    );
    const mortgaged = lands.some(({ encumbrances }) =>
      encumbrances.some(({ kind, to }) => kind === "MORTGAGE" && to === null),
    );
    const company = block.companies.find(
      ({ code, representatives }) =>
        representatives.some(({ pin, to }) => pin === head && to === null) &&
        block.insurance.filter(({ contributions }) =>
          contributions.some(({ employer, to }) => employer === code && to === null),
        ).length > 3,
    );
    if (small && mortgaged && lands.length > 1 && shared !== undefined && company !== undefined)
      return { citizen: head, parcel: shared.id, company: company.code };
  }
  throw new Error("the country's first block has no example family");
}
