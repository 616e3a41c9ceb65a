import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { makeCountry, samples } from "./country.ts";
import type { Person } from "./model.ts";
import { contradictions, planted } from "./rules/contradictions.ts";
import { violations } from "./rules/violations.ts";
import { REFORM, whole } from "./rules/whole.ts";

function digest(seed: number, citizens: number): string {
  const hash = createHash("sha256");
  for (const block of makeCountry({ seed, citizens }).blocks()) hash.update(JSON.stringify(block));
  return hash.digest("hex");
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
