import type { Parcel } from "../../../infra/src/country/model.ts";
import { by, type Facts } from "../facts.ts";

/** The province of the officer's grant: Hà Nội. */
const PROVINCE = "01";

/**
 * What the facts say of parcels of the officer's province about to be transferred: their present holders, wherever they
 * live, and what burdens them. A holder's spouse is two relations away: her name stands in the holder's record, her own
 * record is for the officer only where she lives in the province.
 */
export function oracle(facts: Facts, { parcels, on }: { parcels: string[]; on: string }): unknown {
  return { parcels: parcels.map((id) => parcelOn(facts, facts.parcels.get(id)!, on)) };
}

function parcelOn(facts: Facts, parcel: Parcel, on: string): unknown {
  const { id, sheet, number, origin, certificate, geometry } = parcel;
  const { commune: code, asOf, line } = parcel.place;
  const { name, parent } = facts.unit(code, asOf);
  const inForce = <T extends { from: string; to: string | null; id: string }>(
    list: readonly T[],
  ): T[] =>
    list
      .filter(({ from, to }) => from <= on && (to === null || on < to))
      .toSorted(by((each) => [each.from, each.id]));
  return {
    id,
    sheet,
    number,
    area: parcel.areaSquareMetres,
    origin,
    geometry: { type: "Polygon", coordinates: [geometry] },
    place: { line, unit: { code, asOf, name, parent: { name: facts.unit(parent!, asOf).name } } },
    uses: parcel.uses.map(({ code: use, areaSquareMetres: area, term, until }) => ({
      area,
      term,
      until,
      type: { code: use },
    })),
    certificate,
    rightHolders: inForce(parcel.rights).map(({ nameOnCertificate, from, share, holder }) => ({
      nameOnCertificate,
      from,
      share,
      citizen: "citizen" in holder ? holderPerson(facts, holder.citizen) : null,
      company: "company" in holder ? holderCompany(facts, holder.company) : null,
    })),
    encumbrances: inForce(parcel.encumbrances).map(
      ({ kind, inFavourOf, amount, note, from, company }) => ({
        kind,
        inFavourOf,
        amount,
        note,
        from,
        company: company === null ? null : creditor(facts, company),
      }),
    ),
  };
}

function holderPerson(facts: Facts, pin: string): unknown {
  const { birthDate, deathDate, identityCard, maritalStatus } = facts.people.get(pin)!;
  const spouse = facts.spouseOf(pin);
  const spouseName = spouse === null ? null : facts.fullName(spouse);
  return {
    id: pin,
    fullName: facts.fullName(pin),
    birthDate,
    deathDate,
    identityCard: identityCard === null ? null : { number: identityCard.number },
    maritalStatus,
    spouse:
      spouse === null
        ? null
        : {
            name: spouseName,
            citizen:
              facts.people.get(spouse)!.province === PROVINCE
                ? { id: spouse, fullName: spouseName }
                : null,
          },
  };
}

function holderCompany(facts: Facts, company: string): unknown {
  const { code, name, statuses, charterCapital } = facts.companies.get(company)!;
  return { code, name, status: statuses.at(-1)!.status, charterCapital };
}

function creditor(facts: Facts, company: string): unknown {
  const { code, name, statuses } = facts.companies.get(company)!;
  return { code, name, status: statuses.at(-1)!.status };
}
