import { describe, expect, it } from "vitest";
import { contradictions, planted } from "./contradictions.ts";
import { violations } from "./violations.ts";
import { type Whole, whole } from "./whole.ts";

/** One fact made wrong in a sound country, and the rule that must notice. */
const DAMAGES: readonly (readonly [rule: string, damage: (country: Whole) => void])[] = [
  ["pinForm", ({ people }) => (people[0]!.birthDate = "2001-01-01")],
  ["places", ({ people }) => (people[0]!.birthPlace.commune = "99999")],
  ["residenceProvince", ({ people }) => (people[0]!.province = "00")],
  ["parentsExist", ({ people }) => (people[4]!.father = "900000000000")],
  [
    "parentsAlive",
    ({ people, byPin }) => (byPin.get(people[4]!.mother!)!.deathDate = "1990-01-01"),
  ],
  ["marriageBothSides", ({ people }) => people[1]!.marriages.pop()],
  ["maritalStatus", ({ people }) => (people[0]!.maritalStatus = "SINGLE")],
  ["minorsAreRepresented", ({ people }) => (people[0]!.legalRepresentative = people[1]!.pin)],
  ["inNoHousehold", ({ blocks }) => blocks[0]!.households[0]!.members.pop()],
  ["sharesAddUp", ({ blocks }) => blocks[0]!.parcels[0]!.rights.pop()],
  ["usesAddUp", ({ blocks }) => (blocks[0]!.parcels[0]!.areaSquareMetres += 1)],
  ["parcelTwice", ({ blocks }) => blocks[1]!.parcels.push(blocks[0]!.parcels[0]!)],
  ["counterclockwise", ({ blocks }) => blocks[0]!.parcels[0]!.geometry.reverse()],
  ["checkDigit", ({ blocks }) => (blocks[0]!.companies[0]!.code = "0100233489")],
  [
    "representativeAdult",
    ({ blocks }) => (blocks[0]!.companies[0]!.representatives[0]!.from = "1980-01-01"),
  ],
  ["capitalOfOwners", ({ blocks }) => (blocks[0]!.companies[0]!.charterCapital += 1_000_000)],
  ["industries", ({ blocks }) => (blocks[0]!.companies[0]!.industries = ["0000"])],
  [
    "childrenHaveTe",
    ({ blocks }) =>
      blocks.forEach(({ insurance }) => insurance.forEach((each) => (each.healthCards = []))),
  ],
  ["teLastsAsLongAsTheEntitlement", ({ blocks }) => (cardsOf(blocks, "TE")[0]!.to = "2026-05-05")],
  ["nextCardFollowsTe", ({ blocks }) => (cardsOf(blocks, "HS")[0]!.from = "2001-01-01")],
  ["cardForm", ({ blocks }) => (blocks[0]!.insurance[0]!.healthCards[0]!.level = 5)],
  [
    "employersActive",
    ({ blocks }) =>
      blocks[0]!.insurance.forEach(({ contributions }) =>
        contributions.forEach((each) => (each.employer = "0100233488")),
      ),
  ],
];

function cardsOf(blocks: Whole["blocks"], type: string) {
  return blocks
    .flatMap(({ insurance }) => insurance.flatMap(({ healthCards }) => healthCards))
    .filter((card) => card.type === type);
}

describe("the rules a country is held against", () => {
  it.each(DAMAGES)("%s is noticed when broken", (rule, damage) => {
    const country = whole(2, 300);
    expect(violations(country)[rule]).toEqual([]);
    damage(country);
    expect(violations(country)[rule]).not.toEqual([]);
  });

  it("notice a contradiction that is not listed, and a listed one that is not there", () => {
    const country = whole(2, 300);
    expect(contradictions(country)).toEqual(planted(country));
    const right = country.blocks[0]!.parcels.flatMap(({ rights }) => rights)[0]!;
    right.nameOnCertificate += " A";
    const [first] = country.conflicts.splice(0, 1);
    expect(contradictions(country)).toHaveLength(planted(country).length + 2);
    expect(first).toBeDefined();
  });
});
