import { by, type Facts } from "../facts.ts";

/** What the facts say of people who found a company. */
export function oracle(facts: Facts, { founders }: { founders: string[] }): unknown {
  return { citizens: founders.map((pin) => founder(facts, pin)) };
}

function founder(facts: Facts, pin: string): unknown {
  const { birthDate, nationality, deathDate, missingSince, identityCard } = facts.people.get(pin)!;
  const card =
    identityCard === null ? null : { number: identityCard.number, expires: identityCard.expires };
  const nodes = facts.rolesOf(pin).map(({ kind: role, title, share, from, to, company }) => ({
    role,
    title,
    share,
    period: { from, to },
    company: {
      code: company.code,
      name: company.name,
      kind: company.kind,
      status: company.statuses.at(-1)!.status,
      charterCapital: company.charterCapital,
      representatives: company.representatives
        .toSorted(by((each) => [each.from, each.pin]))
        .map((each) => ({
          name: each.name,
          citizen: { id: each.pin, deathDate: facts.people.get(each.pin)!.deathDate },
        })),
    },
  }));
  return {
    id: pin,
    fullName: facts.fullName(pin),
    birthDate,
    nationality,
    deathDate,
    missingSince,
    identityCard: card,
    companies: { nodes, pageInfo: { hasNextPage: false } },
  };
}
