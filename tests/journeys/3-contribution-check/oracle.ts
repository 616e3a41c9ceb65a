import { by, type Facts } from "../facts.ts";

/** What the facts say of companies as employers, and of the contributions that go on on a day. */
export function oracle(
  facts: Facts,
  { companies, on }: { companies: string[]; on: string },
): unknown {
  return { companies: companies.map((code) => employer(facts, code, on)) };
}

function employer(facts: Facts, company: string, on: string): unknown {
  const { code, name, kind, statuses, representatives } = facts.companies.get(company)!;
  const last = statuses.at(-1)!;
  return {
    code,
    name,
    kind,
    status: last.status,
    statusFrom: last.from,
    statusHistory: statuses.map(({ status, from }, index) => ({
      status,
      from,
      to: statuses[index + 1]?.from ?? null,
    })),
    representatives: representatives
      .toSorted(by(({ from, pin }) => [from, pin]))
      .map(({ name: registered, title, from, to, pin }) => ({
        name: registered,
        title,
        period: { from, to },
        citizen: {
          id: pin,
          fullName: facts.fullName(pin),
          deathDate: facts.people.get(pin)!.deathDate,
        },
      })),
    contributions: { nodes: contributions(facts, company, on), pageInfo: { hasNextPage: false } },
  };
}

/** Latest first; the last day of a period still belongs to it. */
function contributions(facts: Facts, company: string, on: string): unknown[] {
  return [...facts.insurance.values()]
    .flatMap(({ pin, contributions: paid }) => paid.map((each) => ({ ...each, pin })))
    .filter(
      ({ employer: payer, from, to }) =>
        payer === company && from <= on && (to === null || on <= to),
    )
    .toSorted(by(({ from, id }) => [from, id]))
    .toReversed()
    .map(({ from, to, salaryBase, kind, pin }) => ({
      from,
      to,
      salaryBase,
      kind,
      employee: {
        id: pin,
        fullName: facts.fullName(pin),
        birthDate: facts.people.get(pin)!.birthDate,
      },
    }));
}
