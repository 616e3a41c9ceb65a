import type { Holder } from "../model.ts";
import { holderName, nameOf, type Whole } from "./whole.ts";

/** Every contradiction between registers that the data itself shows, as `kind|citizen|where`. */
export function contradictions(country: Whole): string[] {
  const { blocks, byPin, companies } = country;
  const dead = (holder: Holder): boolean =>
    "citizen" in holder && byPin.get(holder.citizen)!.deathDate !== null;
  const found: string[] = [];
  for (const { parcels, companies: own, insurance } of blocks) {
    for (const { id, rights } of parcels)
      for (const { holder, to, nameOnCertificate } of rights) {
        const citizen = "citizen" in holder ? holder.citizen : null;
        if (to === null && dead(holder)) found.push(`DEAD_RIGHT_HOLDER|${citizen}|${id}`);
        if (nameOnCertificate !== holderName(country, holder))
          found.push(`NAME_SPELT_DIFFERENTLY|${citizen}|${id}`);
      }
    for (const { code, representatives, owners } of own) {
      for (const { pin, to, name } of representatives) {
        if (to === null && byPin.get(pin)!.deathDate !== null)
          found.push(`DEAD_REPRESENTATIVE|${pin}|${code}`);
        if (name !== nameOf(byPin.get(pin)!)) found.push(`NAME_SPELT_DIFFERENTLY|${pin}|${code}`);
      }
      for (const { holder, name } of owners)
        if (name !== holderName(country, holder))
          found.push(
            `NAME_SPELT_DIFFERENTLY|${"citizen" in holder ? holder.citizen : null}|${code}`,
          );
    }
    for (const { pin, contributions, healthCards } of insurance) {
      const { deathDate } = byPin.get(pin)!;
      for (const { employer, to } of contributions) {
        const end = companies
          .get(employer)!
          .statuses.find(({ status }) => status === "DISSOLVED")?.from;
        if (end !== undefined && (to === null || to > end))
          found.push(`DISSOLVED_EMPLOYER_CONTRIBUTES|${pin}|${employer}`);
      }
      for (const { to } of healthCards)
        if (deathDate !== null && (to === null || to > deathDate))
          found.push(`DEAD_CARD_VALID|${pin}|null`);
    }
  }
  return found.toSorted();
}

export function planted({ conflicts }: Whole): string[] {
  return conflicts
    .map(({ kind, citizen, company, parcel }) => `${kind}|${citizen}|${company ?? parcel}`)
    .toSorted();
}
