import { makeCountry, samples } from "../../infra/src/country/country.ts";
import type {
  AdministrativeUnit,
  Company,
  Conflict,
  Household,
  Insurance,
  Parcel,
  Person,
  Place,
} from "../../infra/src/country/model.ts";

/** The country all journeys are run over, and the day they are run as of: the last day of its records. */
export const COUNTRY = { seed: 1, citizens: 600 } as const;
export const DAY = "2026-11-15";

/** A citizen's role in a company as the model has it: a representation or a share. */
export interface Role {
  kind: "REPRESENTATIVE" | "OWNER";
  company: Company;
  id: string;
  title: string | null;
  share: { numerator: number; denominator: number } | null;
  from: string;
  to: string | null;
}

/**
 * The country as the generator made it, before any register saw it, with the look-ups that an oracle needs. Nothing
 * here knows the registers' software: no schema, no table, no loader.
 */
export class Facts {
  readonly people = new Map<string, Person>();
  readonly parcels = new Map<string, Parcel>();
  readonly companies = new Map<string, Company>();
  readonly insurance = new Map<string, Insurance>();
  readonly households: Household[] = [];
  /** The contradictions that were planted. */
  readonly conflicts: Conflict[] = [];
  /** Keys that a case names with a leading `$`. */
  readonly samples: Readonly<Record<string, string>>;
  readonly #units: readonly AdministrativeUnit[];

  constructor() {
    const country = makeCountry(COUNTRY);
    this.#units = country.units();
    for (const block of country.blocks()) {
      for (const person of block.people) this.people.set(person.pin, person);
      for (const parcel of block.parcels) this.parcels.set(parcel.id, parcel);
      for (const company of block.companies) this.companies.set(company.code, company);
      for (const insured of block.insurance) this.insurance.set(insured.pin, insured);
      this.households.push(...block.households);
      this.conflicts.push(...block.conflicts);
    }
    this.samples = { ...samples(country), ...this.#furtherSamples() };
  }

  /** The unit that a code meant on a day. @throws Error when it meant none */
  unit(code: string, day: string): AdministrativeUnit {
    const unit = this.#units.find(
      (each) =>
        each.code === code && (each.from ?? "") <= day && (each.to === null || day < each.to),
    );
    if (unit === undefined) throw new Error(`${code} meant nothing on ${day}`);
    return unit;
  }

  /** Whether a place lies in a commune of today, under whatever code it was recorded. */
  liesIn({ commune, asOf }: Place, today: string): boolean {
    const unit = this.unit(commune, asOf);
    return unit.to === null ? unit.code === today : unit.succeededBy.includes(today);
  }

  fullName(pin: string): string {
    const { familyName, middleName, givenName } = this.people.get(pin)!;
    return [familyName, middleName, givenName].filter((part) => part !== "").join(" ");
  }

  childrenOf(pin: string): Person[] {
    return [...this.people.values()]
      .filter(({ father, mother }) => father === pin || mother === pin)
      .toSorted(by(({ birthDate, pin: own }) => [birthDate, own]));
  }

  /** Children under eighteen on a day, and whom a person represents by law; the dead are nobody's to see. */
  minorsOf(pin: string, day: string): string[] {
    const eighteen = `${Number(day.slice(0, 4)) - 18}${day.slice(4)}`;
    return [...this.people.values()]
      .filter((each) => [each.father, each.mother, each.legalRepresentative].includes(pin))
      .filter(({ birthDate, deathDate }) => birthDate > eighteen && deathDate === null)
      .map((each) => each.pin);
  }

  /** The spouse of the marriage in force. */
  spouseOf(pin: string): string | null {
    return this.people.get(pin)!.marriages.find(({ to }) => to === null)?.spouse ?? null;
  }

  /** The household that a person belongs to now, its present members only, the head first. */
  householdOf(pin: string): Household | undefined {
    const isPresent = (member: Household["members"][number]): boolean => member.to === null;
    const household = this.households.find(({ members }) =>
      members.some((member) => member.pin === pin && isPresent(member)),
    );
    if (household === undefined) return undefined;
    const members = household.members
      .filter(isPresent)
      .toSorted(
        by((member) => [member.pin === household.head ? "0" : "1", member.from, member.pin]),
      );
    return { ...household, members };
  }

  /** Rights in land of a citizen, the newest first, each with its parcel. */
  rightsOf(pin: string): { right: Parcel["rights"][number]; parcel: Parcel }[] {
    return [...this.parcels.values()]
      .flatMap((parcel) => parcel.rights.map((right) => ({ right, parcel })))
      .filter(({ right: { holder } }) => "citizen" in holder && holder.citizen === pin)
      .toSorted(by(({ right }) => [right.from, right.id]))
      .toReversed();
  }

  /** A citizen's roles in companies: by company, representations before shares, then the earliest first. */
  rolesOf(pin: string): Role[] {
    const roles = [...this.companies.values()].flatMap((company): Role[] => [
      ...company.representatives
        .filter((each) => each.pin === pin)
        .map(({ title, from, to }): Role => ({
          kind: "REPRESENTATIVE",
          company,
          id: "",
          title,
          share: null,
          from,
          to,
        })),
      ...company.owners
        .filter(({ holder }) => "citizen" in holder && holder.citizen === pin)
        .map(({ id, share, from, to }): Role => ({
          kind: "OWNER",
          company,
          id,
          title: null,
          share,
          from,
          to,
        })),
    ]);
    return roles.toSorted(
      by(({ company, kind, from, id }) => [
        company.code,
        kind === "REPRESENTATIVE" ? "0" : "1",
        from,
        id,
      ]),
    );
  }

  #furtherSamples(): Record<string, string> {
    const parcels = [...this.parcels.values()];
    const planted = (kind: Conflict["kind"]): Conflict =>
      this.conflicts.find((each) => each.kind === kind)!;
    return {
      mortgagedParcel: parcels.find(({ encumbrances }) =>
        encumbrances.some((each) => each.kind === "MORTGAGE" && each.to === null),
      )!.id,
      companyParcel: parcels.find(({ rights }) =>
        rights.some(({ holder, to }) => to === null && "company" in holder),
      )!.id,
      dissolvedEmployer: planted("DISSOLVED_EMPLOYER_CONTRIBUTES").company!,
      deadRepresentative: planted("DEAD_REPRESENTATIVE").citizen!,
      untidyCommune: planted("DEAD_RIGHT_HOLDER").commune,
    };
  }
}

/** Compares by several texts in turn, each in the order of its character codes. */
export function by<T>(key: (value: T) => readonly string[]): (a: T, b: T) => number {
  return (a, b) => {
    const other = key(b);
    for (const [index, part] of key(a).entries()) {
      if (part !== other[index]) return part < other[index]! ? -1 : 1;
    }
    return 0;
  };
}
