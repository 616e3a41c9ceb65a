import { by, type Facts } from "../facts.ts";
import type { Contradiction } from "./clean-up.ts";

/** The contradictions planted in the commune's land, and the parcels among which they have to be found. */
export function oracle(
  facts: Facts,
  { commune }: { commune: string },
): { parcels: string[]; contradictions: Contradiction[] } {
  const parcels = [...facts.parcels.values()]
    .filter(({ place }) => facts.liesIn(place, commune))
    .map(({ id }) => id);
  const contradictions = facts.conflicts.flatMap(
    ({ kind, citizen, parcel, commune: at }): Contradiction[] => {
      if (at !== commune || citizen === null || parcel === null) return [];
      if (kind !== "DEAD_RIGHT_HOLDER" && kind !== "NAME_SPELT_DIFFERENTLY") return [];
      const { nameOnCertificate } = facts.parcels
        .get(parcel)!
        .rights.find(
          ({ holder, to }) => to === null && "citizen" in holder && holder.citizen === citizen,
        )!;
      const { deathDate } = facts.people.get(citizen)!;
      return [
        { kind, parcel, citizen, nameOnCertificate, fullName: facts.fullName(citizen), deathDate },
      ];
    },
  );
  return {
    parcels: parcels.toSorted(),
    contradictions: contradictions.toSorted(by(({ parcel }) => [parcel])),
  };
}
