import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { makeCountry, samples } from "./country.ts";
import type { Block, Company, Conflict, Holder, Parcel, Person } from "./model.ts";

const TODAY = "2026-11-15";
const REFORM = "2025-07-01";

/** Everything of a country at once, indexed: what the rules are checked on, without the generator's own code. */
interface Whole {
  blocks: Block[];
  people: Person[];
  byPin: Map<string, Person>;
  companies: Map<string, Company>;
  conflicts: Conflict[];
}

function whole(seed: number, citizens: number): Whole {
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

function digest(seed: number, citizens: number): string {
  const hash = createHash("sha256");
  for (const block of makeCountry({ seed, citizens }).blocks()) hash.update(JSON.stringify(block));
  return hash.digest("hex");
}

/** Whole years between two ISO dates. */
function years(from: string, to: string): number {
  const full = Number(to.slice(0, 4)) - Number(from.slice(0, 4));
  return to.slice(5) < from.slice(5) ? full - 1 : full;
}

function nameOf({ familyName, middleName, givenName }: Person): string {
  return [familyName, middleName, givenName].join(" ");
}

function duplicates(values: readonly string[]): string[] {
  const seen = new Set<string>();
  return values.filter((value) => seen.size === seen.add(value).size);
}

/** The holders on a day, and whether their shares make one. */
function sharesOn(
  rights: { from: string; to: string | null; share: { numerator: number; denominator: number } }[],
  on: string,
): number {
  return rights
    .filter(({ from, to }) => from <= on && (to === null || to > on))
    .reduce((sum, { share }) => sum + share.numerator / share.denominator, 0);
}

/** Every rule of one country; each list names what breaks it. */
function violations(country: Whole): Record<string, string[]> {
  return {
    ...peopleViolations(country),
    ...householdViolations(country),
    ...landViolations(country),
    ...companyViolations(country),
    ...insuranceViolations(country),
  };
}

function peopleViolations({ people, byPin }: Whole): Record<string, string[]> {
  const units = makeCountry({ seed: 0, citizens: 100 }).units();
  const era = (code: string, on: string): boolean =>
    units.some(
      (unit) =>
        unit.code === code &&
        unit.level === "COMMUNE" &&
        (on < REFORM ? unit.to === REFORM : unit.from === REFORM),
    );
  const communes = new Map<string, boolean>();
  const known = ({ commune, asOf }: { commune: string; asOf: string }): boolean => {
    const key = `${commune}/${asOf < REFORM}`;
    if (!communes.has(key)) communes.set(key, era(commune, asOf));
    return communes.get(key)!;
  };
  const registrationProvince = (person: Person): string =>
    units.find(
      ({ code, level, to }) =>
        level === "COMMUNE" &&
        code === person.birthRegistration.commune &&
        (to !== null) === person.birthRegistration.asOf < REFORM,
    )!.parent!;
  const wrong = (rule: (person: Person) => boolean): string[] =>
    people.filter((person) => !rule(person)).map(({ pin }) => pin);
  const parentsOf = ({ father, mother }: Person): (Person | undefined)[] =>
    [father, mother].filter((pin) => pin !== null).map((pin) => byPin.get(pin));
  return {
    pinForm: wrong(
      ({ pin, sex, birthDate, birthRegistration, ...rest }) =>
        /^9\d{11}$/.test(pin) &&
        pin.slice(1, 3) ===
          registrationProvince({ pin, sex, birthDate, birthRegistration, ...rest }) &&
        Number(pin[3]) === (birthDate < "2000" ? 0 : 2) + (sex === "MALE" ? 0 : 1) &&
        pin.slice(4, 6) === birthDate.slice(2, 4),
    ),
    pinTwice: duplicates(people.map(({ pin }) => pin)),
    places: wrong(({ birthPlace, birthRegistration, nativePlace, residences }) =>
      [birthPlace, birthRegistration, nativePlace, ...residences.map(({ place }) => place)].every(
        known,
      ),
    ),
    residenceProvince: wrong(
      ({ province, residences }) =>
        residences.length > 0 &&
        (residences.findLast(({ kind, to }) => kind === "CURRENT" && to === null) ??
          residences.at(-1))!.place.province === province,
    ),
    residencePeriods: wrong(({ residences, birthDate, deathDate }) =>
      residences.every(
        ({ from, to, place }) =>
          from >= birthDate &&
          place.asOf === from &&
          from <= TODAY &&
          (to === null || to >= from) &&
          (deathDate === null || (to !== null && to <= deathDate)),
      ),
    ),
    parentsExist: wrong((person) => parentsOf(person).every((parent) => parent !== undefined)),
    parentsAlive: wrong((person) =>
      parentsOf(person).every(
        (parent) => parent!.deathDate === null || parent!.deathDate > person.birthDate,
      ),
    ),
    parentsAge: wrong((person) =>
      parentsOf(person).every(
        (parent) =>
          years(parent!.birthDate, person.birthDate) >= 18 &&
          years(parent!.birthDate, person.birthDate) <= (parent!.sex === "MALE" ? 70 : 45),
      ),
    ),
    parentsSex: wrong(
      ({ father, mother }) =>
        (father === null || byPin.get(father)?.sex === "MALE") &&
        (mother === null || byPin.get(mother)?.sex === "FEMALE"),
    ),
    marriageBothSides: wrong(({ pin, marriages }) =>
      marriages.every(({ spouse, from, to }) =>
        byPin
          .get(spouse)
          ?.marriages.some(
            (other) => other.spouse === pin && other.from === from && other.to === to,
          ),
      ),
    ),
    marriageAge: wrong(({ sex, birthDate, marriages }) =>
      marriages.every(
        ({ from }) => years(birthDate, from) >= (sex === "MALE" ? 20 : 18) && from <= TODAY,
      ),
    ),
    marriageEnds: wrong(({ deathDate, marriages }) =>
      marriages.every(({ from, to, spouse }) => {
        const first = [deathDate, byPin.get(spouse)!.deathDate]
          .filter((on) => on !== null)
          .toSorted()[0];
        return first === undefined || (from < first && to !== null && to <= first);
      }),
    ),
    oneMarriageAtATime: wrong(({ marriages }) =>
      marriages.every(({ from }, rank) => rank === 0 || marriages[rank - 1]!.to! <= from),
    ),
    maritalStatus: wrong(({ maritalStatus, marriages, deathDate }) => {
      const last = marriages.at(-1);
      const expected =
        last === undefined
          ? "SINGLE"
          : last.to === null || last.to === deathDate
            ? "MARRIED"
            : byPin.get(last.spouse)!.deathDate === last.to
              ? "WIDOWED"
              : "DIVORCED";
      return maritalStatus === expected;
    }),
    nothingInTheFuture: wrong(
      ({ birthDate, deathDate, missingSince, identityCard, birthRegistration }) =>
        [
          birthDate,
          deathDate,
          missingSince,
          identityCard?.issued ?? null,
          birthRegistration.asOf,
        ].every((on) => on === null || on <= TODAY),
    ),
    deathAfterBirth: wrong(
      ({ birthDate, deathDate }) => deathDate === null || deathDate > birthDate,
    ),
    minorsAreRepresented: wrong((person) => {
      const minor = person.deathDate === null && years(person.birthDate, TODAY) < 18;
      if (!minor) return person.legalRepresentative === null;
      const guardian = byPin.get(person.legalRepresentative ?? "");
      return (
        guardian !== undefined &&
        guardian.deathDate === null &&
        years(guardian.birthDate, TODAY) >= 18
      );
    }),
    cardNumberIsPin: wrong(
      ({ pin, identityCard }) =>
        identityCard === null ||
        (identityCard.number === pin &&
          (identityCard.expires === null || identityCard.expires > identityCard.issued)),
    ),
    contactUnique: duplicates(
      people.flatMap(({ phone, email }) => [phone, email]).filter((each) => each !== null),
    ),
  };
}

function householdViolations({ blocks, byPin }: Whole): Record<string, string[]> {
  const households = blocks.flatMap((block) => block.households);
  const living = blocks.flatMap(({ people }) => people);
  const housed = households.flatMap(({ members }) => members.map(({ pin }) => pin));
  return {
    householdNumberTwice: duplicates(households.map(({ number }) => number)),
    inTwoHouseholds: duplicates(housed),
    inNoHousehold: living.filter(({ pin }) => !new Set(housed).has(pin)).map(({ pin }) => pin),
    headLives: households
      .filter(({ head, members }) => {
        const person = byPin.get(head)!;
        return (
          person.deathDate !== null ||
          years(person.birthDate, TODAY) < 18 ||
          members.filter(({ relation }) => relation === "HEAD").length !== 1
        );
      })
      .map(({ number }) => number),
    childrenOfTheHead: households
      .filter(({ head, members }) =>
        members.some(({ pin, relation }) => {
          const { father, mother } = byPin.get(pin)!;
          return relation === "CHILD" && father !== head && mother !== head;
        }),
      )
      .map(({ number }) => number),
    deadHaveLeft: households
      .filter(({ members }) =>
        members.some(
          ({ pin, to, from }) =>
            byPin.get(pin)!.deathDate !== to || from > TODAY || (to !== null && to < from),
        ),
      )
      .map(({ number }) => number),
  };
}

/** The place of conflicts that the rules below know of. */
function listed(conflicts: readonly Conflict[], kind: Conflict["kind"]): Set<string> {
  return new Set(
    conflicts
      .filter((each) => each.kind === kind)
      .map(({ citizen, company, parcel }) => `${citizen}|${company ?? parcel}`),
  );
}

function holderName({ byPin, companies }: Whole, holder: Holder): string | undefined {
  if ("company" in holder) return companies.get(holder.company)?.name;
  const person = byPin.get(holder.citizen);
  return person === undefined ? undefined : nameOf(person);
}

function landViolations(country: Whole): Record<string, string[]> {
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

function companyViolations(country: Whole): Record<string, string[]> {
  const { blocks, byPin } = country;
  const companies = blocks.flatMap((block) => block.companies);
  const wrong = (rule: (company: Company) => boolean): string[] =>
    companies.filter((company) => !rule(company)).map(({ code }) => code);
  const checkDigit = (code: string): number => {
    const weights = [31, 29, 23, 19, 17, 13, 7, 5, 3];
    return 10 - (weights.reduce((sum, weight, at) => sum + weight * Number(code[at]), 0) % 11);
  };
  return {
    codeTwice: duplicates(companies.map(({ code }) => code)),
    checkDigit: wrong(({ code }) => /^\d{10}$/.test(code) && checkDigit(code) === Number(code[9])),
    prefixOfProvince: wrong(({ code, headOffice }) => code.startsWith(`${headOffice.province}9`)),
    sharesAddUpInCompany: wrong(({ owners, statuses }) =>
      [
        ...owners.map(({ from }) => from),
        ...(statuses.at(-1)!.status === "DISSOLVED" ? [] : [TODAY]),
      ].every((on) => Math.abs(sharesOn(owners, on) - 1) < 1e-9),
    ),
    capitalOfOwners: wrong(({ owners, charterCapital }) =>
      owners.every(
        ({ capital, share }) =>
          Math.abs(capital - (charterCapital * share.numerator) / share.denominator) < 1 &&
          Number.isSafeInteger(capital),
      ),
    ),
    representativeAdult: wrong(
      ({ representatives }) =>
        representatives.length > 0 &&
        representatives.every(({ pin, from }) => {
          const person = byPin.get(pin);
          return (
            person !== undefined &&
            years(person.birthDate, from) >= 18 &&
            (person.deathDate === null || from < person.deathDate)
          );
        }),
    ),
    represented: wrong(
      ({ representatives, statuses }) =>
        (statuses.at(-1)!.status === "DISSOLVED") ===
        representatives.every(({ to }) => to !== null),
    ),
    ownersExist: wrong(({ owners }) =>
      owners.every(({ holder, from }) => {
        if ("company" in holder)
          return (country.companies.get(holder.company)?.registered ?? "9999") <= from;
        const person = byPin.get(holder.citizen);
        return (
          person !== undefined &&
          years(person.birthDate, from) >= 18 &&
          (person.deathDate === null || from < person.deathDate)
        );
      }),
    ),
    deadOwnersHaveLeft: wrong(({ owners }) =>
      owners.every(
        ({ holder, to }) =>
          to !== null || "company" in holder || byPin.get(holder.citizen)!.deathDate === null,
      ),
    ),
    statusesInOrder: wrong(
      ({ statuses, registered }) =>
        statuses[0]!.from === registered &&
        statuses.every(
          ({ from }, at) => from <= TODAY && (at === 0 || statuses[at - 1]!.from < from),
        ),
    ),
    lastNameIsTheName: wrong(({ name, changes }) =>
      changes.findLast(({ kind }) => kind === "NAME")?.after !== undefined
        ? changes.findLast(({ kind }) => kind === "NAME")!.after === name
        : true,
    ),
    branches: wrong(({ code, branches }) =>
      branches.every(
        (branch) =>
          branch.code.startsWith(`${code}-`) &&
          (branch.closed === null || branch.closed > branch.opened) &&
          branch.opened <= TODAY,
      ),
    ),
    industries: wrong(
      ({ industries }) => industries.length > 0 && industries.every((each) => /^\d{4}$/.test(each)),
    ),
  };
}

function insuranceViolations({
  blocks,
  byPin,
  companies,
  conflicts,
}: Whole): Record<string, string[]> {
  const all = blocks.flatMap((block) => block.insurance);
  const open = listed(conflicts, "DISSOLVED_EMPLOYER_CONTRIBUTES");
  const wrong = (rule: (each: (typeof all)[number], person: Person) => boolean): string[] =>
    all.filter((each) => !rule(each, byPin.get(each.pin)!)).map(({ pin }) => pin);
  const validToday = (card: { from: string; to: string | null }): boolean =>
    card.from <= TODAY && (card.to === null || card.to >= TODAY);
  return {
    insuredTwice: duplicates(all.map(({ pin }) => pin)),
    numberTwice: duplicates(
      all.flatMap(({ socialInsuranceNumber }) => socialInsuranceNumber ?? []),
    ),
    numberForm: wrong(
      ({ socialInsuranceNumber }) =>
        socialInsuranceNumber === null || /^\d{10}$/.test(socialInsuranceNumber),
    ),
    numberOnlyBeforeThePin: wrong(({ socialInsuranceNumber, numberFrom }) =>
      socialInsuranceNumber === null ? numberFrom === null : numberFrom! < "2025-08-01",
    ),
    childrenUnderSix: blocks
      .flatMap(({ people }) => people)
      .filter(({ deathDate, birthDate }) => deathDate === null && years(birthDate, TODAY) < 6)
      .filter(
        ({ pin }) =>
          !all
            .find((each) => each.pin === pin)
            ?.healthCards.some((card) => card.type === "TE" && validToday(card)),
      )
      .map(({ pin }) => pin),
    onlyChildrenUnderSix: wrong(({ healthCards }, { birthDate }) =>
      healthCards.every(
        (card) => card.type !== "TE" || !validToday(card) || years(birthDate, TODAY) < 6,
      ),
    ),
    oneCardToday: wrong(({ healthCards }) => healthCards.filter(validToday).length <= 1),
    cardForm: wrong(({ healthCards, socialInsuranceNumber, pin }) =>
      healthCards.every(
        ({ number, type, level }) =>
          /^[A-Z]{2}[1-5]\d{12}$/.test(number) &&
          number.startsWith(`${type}${level}`) &&
          number.slice(5) === (socialInsuranceNumber ?? pin.slice(2)) &&
          level === { TE: 1, HN: 2, HT: 3, HS: 4, DN: 4, GD: 4 }[type],
      ),
    ),
    employeesHaveDn: wrong(
      ({ healthCards, contributions }) =>
        !healthCards.some((card) => card.type === "DN" && validToday(card)) ||
        contributions.some(({ to }) => to === null),
    ),
    pensionersHaveHt: wrong(
      ({ healthCards, benefits }, { deathDate }) =>
        deathDate !== null ||
        !benefits.some(({ kind, to }) => kind === "PENSION" && to === null) ||
        healthCards.some((card) => card.type === "HT" && validToday(card)),
    ),
    employersActive: wrong(({ contributions, pin }) =>
      contributions.every(({ employer, from, to }) => {
        const company = companies.get(employer);
        const end = company?.statuses.find(({ status }) => status === "DISSOLVED")?.from;
        return (
          company !== undefined &&
          company.registered <= from &&
          (end === undefined || (to !== null && to <= end) || open.has(`${pin}|${employer}`))
        );
      }),
    ),
    contributionsInLife: wrong(({ contributions }, { birthDate, deathDate }) =>
      contributions.every(
        ({ from, to }, at) =>
          years(birthDate, from) >= 18 &&
          from <= TODAY &&
          (to === null || (to > from && to <= TODAY)) &&
          (deathDate === null || (to !== null && to <= deathDate)) &&
          (at === 0 || contributions[at - 1]!.to! <= from),
      ),
    ),
    benefitsInLife: wrong(({ benefits }, { deathDate }) =>
      benefits.every(
        ({ from, to, monthlyAmount }) =>
          from <= TODAY &&
          monthlyAmount > 0 &&
          Number.isSafeInteger(monthlyAmount) &&
          (to === null || to >= from) &&
          (deathDate === null || (to !== null && to <= deathDate)),
      ),
    ),
    rowIdTwice: duplicates(
      all.flatMap(({ contributions, benefits }) =>
        [...contributions, ...benefits].map(({ id }) => id),
      ),
    ),
    cardPeriods: wrong(({ healthCards }) =>
      healthCards.every(
        ({ from, to, fiveYearsFrom }) =>
          from <= TODAY &&
          (to === null || to >= from) &&
          (fiveYearsFrom === null || fiveYearsFrom <= TODAY),
      ),
    ),
  };
}

/** Every contradiction between registers that the data itself shows, as `kind|citizen|where`. */
function contradictions(country: Whole): string[] {
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

function planted({ conflicts }: Whole): string[] {
  return conflicts
    .map(({ kind, citizen, company, parcel }) => `${kind}|${citizen}|${company ?? parcel}`)
    .toSorted();
}

function none(rules: Record<string, string[]>): Record<string, never[]> {
  return Object.fromEntries(Object.keys(rules).map((rule) => [rule, []]));
}

describe("a country of 4,000", () => {
  const country = whole(7, 4_000);

  it("has exactly as many citizens as asked for", () => {
    expect(country.people).toHaveLength(4_000);
  });

  it("breaks no rule of the registers", () => {
    const rules = violations(country);
    expect(rules).toEqual(none(rules));
  });

  it("contradicts itself exactly where it says so", () => {
    expect(contradictions(country)).toEqual(planted(country));
  });

  it("has conflicts of every kind, touching two to five people in a hundred", () => {
    expect(new Set(country.conflicts.map(({ kind }) => kind))).toEqual(
      new Set([
        "DEAD_RIGHT_HOLDER",
        "DISSOLVED_EMPLOYER_CONTRIBUTES",
        "NAME_SPELT_DIFFERENTLY",
        "DEAD_REPRESENTATIVE",
        "DEAD_CARD_VALID",
      ]),
    );
    const touched =
      new Set(country.conflicts.map(({ citizen }) => citizen)).size / country.people.length;
    expect(touched).toBeGreaterThanOrEqual(0.02);
    expect(touched).toBeLessThanOrEqual(0.05);
    for (const { citizen, province, commune } of country.conflicts) {
      const block = country.blocks.find(({ people }) => people.some(({ pin }) => pin === citizen))!;
      expect({ province, commune }).toEqual({
        province: block.conflicts[0]!.province,
        commune: block.conflicts[0]!.commune,
      });
    }
  });

  it("has lives of every kind", () => {
    const { people, blocks } = country;
    const parcels = blocks.flatMap((block) => block.parcels);
    const cards = blocks.flatMap(({ insurance }) =>
      insurance.flatMap(({ healthCards }) => healthCards.map(({ type }) => type)),
    );
    const moves = people.flatMap(({ residences }) =>
      residences
        .filter(({ kind }) => kind === "PERMANENT")
        .slice(1)
        .map(({ from }) => from),
    );
    const inOther = (pin: string | null, person: Person): boolean =>
      pin !== null && country.byPin.get(pin)!.province !== person.province;
    expect({
      statuses: new Set(people.map(({ maritalStatus }) => maritalStatus)),
      cards: new Set(cards),
      benefits: new Set(
        blocks.flatMap(({ insurance }) =>
          insurance.flatMap(({ benefits }) => benefits.map(({ kind }) => kind)),
        ),
      ),
      companies: new Set([...country.companies.values()].map(({ kind }) => kind)),
      encumbrances: new Set(
        parcels.flatMap(({ encumbrances }) => encumbrances.map(({ kind }) => kind)),
      ),
      movedBefore: moves.some((on) => on < REFORM),
      movedSince: moves.some((on) => on >= REFORM),
      bornThisMonth: people.some(({ birthDate }) => birthDate >= "2026-10"),
      parentElsewhere: people.some(
        (person) => inOther(person.father, person) && inOther(person.mother, person),
      ),
      companyHoldsLand: parcels.some(({ rights }) =>
        rights.some(({ holder }) => "company" in holder),
      ),
      companyHoldsCompany: [...country.companies.values()].some(({ owners }) =>
        owners.some(({ holder }) => "company" in holder),
      ),
      earlierHolders: parcels.some(({ rights }) => rights.some(({ to }) => to !== null)),
      nguyenDuc: people.some(
        ({ familyName, middleName }) => familyName === "Nguyễn" && middleName === "Đức",
      ),
      peoples: new Set(people.map(({ ethnicity }) => ethnicity)).size > 5,
      provinces: new Set(people.map(({ birthPlace }) => birthPlace.province)).size > 12,
    }).toEqual({
      statuses: new Set(["SINGLE", "MARRIED", "DIVORCED", "WIDOWED"]),
      cards: new Set(["TE", "HS", "DN", "HT", "HN", "GD"]),
      benefits: new Set(["PENSION", "UNEMPLOYMENT", "SICKNESS", "MATERNITY"]),
      companies: new Set([
        "PRIVATE_ENTERPRISE",
        "LLC_ONE_MEMBER",
        "LLC_TWO_OR_MORE_MEMBERS",
        "JOINT_STOCK",
        "PARTNERSHIP",
        "HOUSEHOLD_BUSINESS",
      ]),
      encumbrances: new Set(["MORTGAGE", "DISPUTE", "RESTRICTION"]),
      movedBefore: true,
      movedSince: true,
      bornThisMonth: true,
      parentElsewhere: true,
      companyHoldsLand: true,
      companyHoldsCompany: true,
      earlierHolders: true,
      nguyenDuc: true,
      peoples: true,
      provinces: true,
    });
  });
});

describe("any country", () => {
  it("is the same for the same seed and size, and another for another", () => {
    const one = digest(3, 700);
    expect(digest(3, 700)).toBe(one);
    expect(digest(4, 700)).not.toBe(one);
    expect(digest(3, 701)).not.toBe(one);
  });

  it("makes a block without the blocks before it", () => {
    const country = makeCountry({ seed: 5, citizens: 1_000 });
    expect([...country.blocks(2)]).toEqual([...country.blocks()].slice(2));
  });

  it("keeps every rule, whatever the seed and however small", () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 100, max: 700 }), (seed, citizens) => {
        const country = whole(seed, citizens);
        const rules = violations(country);
        expect(country.people).toHaveLength(citizens);
        expect(rules).toEqual(none(rules));
        expect(contradictions(country)).toEqual(planted(country));
        const touched = new Set(country.conflicts.map(({ citizen }) => citizen)).size / citizens;
        expect(touched).toBeGreaterThanOrEqual(0.02);
        expect(touched).toBeLessThanOrEqual(0.05);
      }),
      { numRuns: 12 },
    );
  });

  it("has the people of the demonstrations", () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 100, max: 3_000 }), (seed, citizens) => {
        const country = makeCountry({ seed, citizens });
        const { citizen, parcel, company } = samples(country);
        const { byPin, blocks, companies } = whole(seed, citizens);
        const person = byPin.get(citizen)!;
        expect(person).toMatchObject({
          deathDate: null,
          maritalStatus: "MARRIED",
          familyName: "Nguyễn",
          middleName: "Đức",
          province: "01",
        });
        const land = blocks[0]!.parcels.find(({ id }) => id === parcel)!;
        const far = land.rights.map(({ holder }) =>
          "citizen" in holder ? byPin.get(holder.citizen)!.province : null,
        );
        expect(far).toContain("01");
        expect(far.some((province) => province !== "01")).toBe(true);
        expect(companies.get(company)!.representatives[0]!.pin).toBe(citizen);
        expect(
          blocks[0]!.conflicts.some(
            (conflict) =>
              conflict.citizen === citizen ||
              conflict.company === company ||
              conflict.parcel === parcel,
          ),
        ).toBe(false);
      }),
      { numRuns: 10 },
    );
  });

  it.each([
    [1, 99],
    [1, 1_000_001],
    [1, 1_000.5],
    [0.5, 1_000],
  ])("refuses seed %d with %d citizens", (seed, citizens) => {
    expect(() => makeCountry({ seed, citizens })).toThrow(RangeError);
  });
});
