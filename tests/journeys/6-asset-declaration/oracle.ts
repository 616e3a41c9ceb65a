import type { Facts } from "../facts.ts";

/** What the facts say that an official and the household have in land and companies. */
export function oracle(facts: Facts, { official, on }: { official: string; on: string }): unknown {
  const { number, members } = facts.householdOf(official)!;
  const { birthDate } = facts.people.get(official)!;
  return {
    citizen: {
      id: official,
      fullName: facts.fullName(official),
      birthDate,
      ...assets(facts, official, on),
      household: {
        number,
        members: members.map(({ pin, relation }) => ({
          relation,
          citizen: { id: pin, fullName: facts.fullName(pin), ...assets(facts, pin, on) },
        })),
      },
    },
  };
}

function assets(facts: Facts, pin: string, on: string): object {
  const landRights = facts.rightsOf(pin).map(({ right: { from, to, share }, parcel }) => ({
    from,
    to,
    share,
    parcel: {
      id: parcel.id,
      area: parcel.areaSquareMetres,
      place: {
        unit: {
          code: parcel.place.commune,
          name: facts.unit(parcel.place.commune, parcel.place.asOf).name,
        },
      },
      uses: parcel.uses.map(({ code }) => ({ type: { code } })),
      encumbrances: parcel.encumbrances
        .filter((each) => each.from <= on && (each.to === null || on < each.to))
        .map(({ kind, amount }) => ({ kind, amount })),
    },
  }));
  const companies = facts.rolesOf(pin).map(({ kind: role, share, from, to, company }) => ({
    role,
    share,
    period: { from, to },
    company: {
      code: company.code,
      name: company.name,
      status: company.statuses.at(-1)!.status,
      charterCapital: company.charterCapital,
    },
  }));
  const pageInfo = { hasNextPage: false };
  return { landRights: { nodes: landRights, pageInfo }, companies: { nodes: companies, pageInfo } };
}
