import { by, type Facts } from "../facts.ts";

const PAID_PERCENT: Record<string, number> = { 1: 100, 2: 100, 3: 95, 4: 80, 5: 100 };

/**
 * What the facts say of the records of the citizen who has signed in. Of others she sees what her own records say of
 * them, a name and a relation; their records only while they are her children and not of age.
 */
export function oracle(facts: Facts, { on }: { on: string }, pin: string): unknown {
  const person = facts.people.get(pin)!;
  const { birthDate, sex, maritalStatus, phone, email, identityCard } = person;
  const home = person.residences.findLast(({ kind, to }) => kind === "PERMANENT" && to === null)!;
  const { commune: code, asOf, line, province } = home.place;
  const unit = { code, asOf, name: facts.unit(code, asOf).name };
  const hers = new Set([pin, ...facts.minorsOf(pin, on)]);
  return {
    me: {
      id: pin,
      fullName: facts.fullName(pin),
      birthDate,
      sex,
      maritalStatus,
      phone,
      email,
      identityCard,
      permanentResidence: { from: home.from, place: { line, province, unit } },
      spouse: { name: facts.fullName(facts.spouseOf(pin)!), relation: "SPOUSE", citizen: null },
      children: facts.childrenOf(pin).map((child) => ({
        name: facts.fullName(child.pin),
        citizen: hers.has(child.pin)
          ? {
              id: child.pin,
              birthDate: child.birthDate,
              healthCardEntitlement: entitlement(child, on),
            }
          : null,
      })),
      household: household(facts, pin, hers),
      ...land(facts, pin, on),
      ...companies(facts, pin),
      ...insurance(facts, pin),
    },
  };
}

function household(facts: Facts, pin: string, hers: ReadonlySet<string>): unknown {
  const { number, members } = facts.householdOf(pin)!;
  return {
    number,
    members: members.map(({ pin: id, relation, from }) => ({
      name: facts.fullName(id),
      relation,
      from,
      citizen: hers.has(id) ? { id } : null,
    })),
  };
}

function land(facts: Facts, pin: string, on: string): object {
  const nodes = facts.rightsOf(pin).map(({ right: { from, to, share }, parcel }) => ({
    from,
    to,
    share,
    parcel: {
      id: parcel.id,
      area: parcel.areaSquareMetres,
      place: {
        line: parcel.place.line,
        unit: { name: facts.unit(parcel.place.commune, parcel.place.asOf).name },
      },
      uses: parcel.uses.map(({ code, areaSquareMetres: area }) => ({ area, type: { code } })),
      certificate: parcel.certificate,
      encumbrances: parcel.encumbrances
        .filter((each) => each.from <= on && (each.to === null || on < each.to))
        .map(({ kind, inFavourOf, amount, from: since }) => ({
          kind,
          inFavourOf,
          amount,
          from: since,
        })),
    },
  }));
  return { landRights: { nodes, pageInfo: { hasNextPage: false } } };
}

function companies(facts: Facts, pin: string): object {
  const nodes = facts
    .rolesOf(pin)
    .map(({ kind: role, title, share, from, to, company: { code, name, statuses } }) => ({
      role,
      title,
      share,
      period: { from, to },
      company: { code, name, status: statuses.at(-1)!.status },
    }));
  return { companies: { nodes, pageInfo: { hasNextPage: false } } };
}

function insurance(facts: Facts, pin: string): object {
  const { socialInsuranceNumber, office, contributions, benefits, healthCards } =
    facts.insurance.get(pin)!;
  const latestFirst = <T extends { from: string; id: string }>(list: readonly T[]): T[] =>
    list.toSorted(by(({ from, id }) => [from, id])).toReversed();
  return {
    insurance: {
      socialInsuranceNumber,
      managingProvince: { name: facts.unit(office, "2025-07-01").name },
      contributions: latestFirst(contributions).map(({ from, to, salaryBase, kind }) => ({
        from,
        to,
        salaryBase,
        kind,
        // Who pays is on record; the company's own records are the company's.
        employer: null,
      })),
      benefits: latestFirst(benefits).map(({ kind, monthlyAmount, from, to }) => ({
        kind,
        monthlyAmount,
        from,
        to,
      })),
    },
    healthCards: healthCards
      .toSorted(by(({ from }) => [from]))
      .toReversed()
      .map(({ number, type, level, from, to, fiveYearsFrom, clinic }) => ({
        number,
        type,
        benefitLevel: level,
        paidPercent: PAID_PERCENT[level],
        validFrom: from,
        validTo: to,
        fiveYearsFrom,
        firstClinic: clinic,
      })),
  };
}

/**
 * A children's card is due until school begins (30 September of the year of the sixth birthday), or, for whoever is
 * born after that day of the year, until the end of the month of the sixth birthday.
 */
function entitlement(
  { birthDate, province }: { birthDate: string; province: string },
  on: string,
): unknown {
  const [year, month, day] = birthDate.split("-").map(Number) as [number, number, number];
  const isBornBeforeOctober = month < 10;
  const until = isBornBeforeOctober
    ? `${year + 6}-09-30`
    : new Date(Date.UTC(year + 6, month, 0)).toISOString().slice(0, 10);
  const sixthBirthday = new Date(Date.UTC(year + 6, month - 1, day)).toISOString().slice(0, 10);
  const entitled = on <= until;
  const reason = on < sixthBirthday ? "UNDER_SIX" : entitled ? "TURNED_SIX" : "PAST_ENTITLEMENT";
  return { entitled, reason, province: entitled ? province : null, until };
}
