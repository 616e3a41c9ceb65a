import { describe, expect, it } from "vitest";
import { enterpriseCheckDigit, enterpriseCode } from "./identifiers.ts";
import { loadGazetteer, withToneOnFirstVowel } from "./units.ts";

const { units, communes, provinceNames } = loadGazetteer();
const of = (code: string, level: string): unknown[] =>
  units
    .filter((unit) => unit.code === code && unit.level === level)
    .map(({ name, parent, from, to, succeededBy }) => ({ name, parent, from, to, succeededBy }));

describe("administrative units", () => {
  it("are 34 provinces and 3,321 communes today, 63 and 10,035 until the reform", () => {
    const count = (level: string, today: boolean): number =>
      units.filter((unit) => unit.level === level && (unit.to === null) === today).length;
    expect([
      count("PROVINCE", true),
      count("COMMUNE", true),
      count("PROVINCE", false),
      count("COMMUNE", false),
    ]).toEqual([34, 3_321, 63, 10_035]);
  });

  it("give a code its meaning by the day", () => {
    expect(of("15", "PROVINCE")).toEqual([
      { name: "Lào Cai", parent: null, from: "2025-07-01", to: null, succeededBy: [] },
      { name: "Yên Bái", parent: null, from: null, to: "2025-07-01", succeededBy: ["15"] },
    ]);
  });

  it("have the official codes where the package has a neighbour's", () => {
    expect(of("06978", "COMMUNE")).toEqual([
      { name: "Xã Ba Chẽ", parent: "22", from: "2025-07-01", to: null, succeededBy: [] },
    ]);
    expect(of("23938", "COMMUNE")).toEqual([
      { name: "Xã Ia Mơ", parent: "64", from: null, to: "2025-07-01", succeededBy: ["23938"] },
      { name: "Xã Ia Mơ", parent: "52", from: "2025-07-01", to: null, succeededBy: [] },
    ]);
    expect(of("06970", "COMMUNE")).toEqual([
      {
        name: "Thị trấn Ba Chẽ",
        parent: "22",
        from: null,
        to: "2025-07-01",
        succeededBy: ["06978"],
      },
    ]);
  });

  it("succeed each other within the province that took the earlier one over", () => {
    const today = new Map(
      units
        .filter(({ to, level }) => to === null && level === "COMMUNE")
        .map((unit) => [unit.code, unit]),
    );
    const successor = new Map(
      units
        .filter(({ to, level }) => to !== null && level === "PROVINCE")
        .map((unit) => [unit.code, unit.succeededBy[0]]),
    );
    const broken = units.filter(
      ({ level, to, parent, succeededBy }) =>
        level === "COMMUNE" &&
        to !== null &&
        (succeededBy.length === 0 ||
          succeededBy.some((code) => today.get(code)?.parent !== successor.get(parent!))),
    );
    expect(broken).toEqual([]);
    expect(new Set(communes.map(({ province }) => province))).toEqual(
      new Set(provinceNames.keys()),
    );
  });

  it.each([
    ["Xã Hoà Bình", "Xã Hòa Bình"],
    ["Thuỷ", "Thủy"],
    ["Quý", "Quý"],
    ["Hoàng", "Hoàng"],
    ["Quỳnh", "Quỳnh"],
    ["Thúy", "Thúy"],
  ])("write %s as %s", (name, expected) => {
    expect(withToneOnFirstVowel(name)).toBe(expected);
  });
});

describe("enterprise codes", () => {
  it.each(["0100233488", "0314409058", "0100112437"])("%s has its check digit", (code) => {
    expect(enterpriseCheckDigit(code)).toBe(Number(code[9]));
  });

  it("differ for every slot of a million citizens and always have a check digit", () => {
    const codes = new Set<string>();
    for (let block = 0; block < 4_000; block++)
      for (let slot = 0; slot < 25; slot++) codes.add(enterpriseCode("01", block, slot));
    expect(codes.size).toBe(100_000);
    expect(
      [...codes].every(
        (code) => /^019\d{7}$/.test(code) && enterpriseCheckDigit(code) === Number(code[9]),
      ),
    ).toBe(true);
  });
});
