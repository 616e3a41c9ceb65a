import { readFileSync } from "node:fs";
import { Kind, parse } from "graphql";
import { describe, expect, it } from "vitest";
import { readFieldWords } from "./field-words.ts";
import { plainLabel } from "./plain-label.ts";

describe("a label", () => {
  it.each<[string, string, string]>([
    ["the first sentence", "The full name. As it\n  is spelt.", "The full name"],
    ["a sentence without an end", " The  full name\n", "The full name"],
    ["a sentence before a number", "Cards. 15 characters each.", "Cards"],
    ["a sentence with a day in it", "Valid from 1.7.2026 on.", "Valid from 1.7.2026 on"],
    ["all its clauses", "A name: as spelt; or not.", "A name: as spelt; or not"],
    ["the clauses for everybody", "The name: as spelt; null when unknown.", "The name: as spelt"],
    ["the clauses before a scope", "Companies: by the scope business:owners.", "Companies"],
    ["what is short enough", `The name; ${"long ".repeat(16)}`, "The name"],
    ["80 characters", `${"x".repeat(80)}.`, "x".repeat(80)],
    ["no more than that", `${"x".repeat(81)}.`, "Field name"],
    ["the name for want of plain words", "Null when Citizen.name is.", "Field name"],
    ["the name for want of words", "", "Field name"],
    ["no code", "See `hasNextPage`.", "Field name"],
    ["no names of code", "See hasNextPage; more.", "Field name"],
    ["no names of values", "Of MARRIED_COUPLE alone.", "Field name"],
    ["no links", "[The law](https://law.example).", "Field name"],
    ["no limits of programs", "What the caller may see.", "Field name"],
  ])("is %s", (_what, description, label) => {
    expect(plainLabel(description, "fieldName")).toBe(label);
  });

  it.each([
    ["LandParcel", "Land parcel"],
    ["birthDate", "Birth date"],
    ["level2Code", "Level2 code"],
    ["id", "Id"],
  ])("of %s alone is %s", (name, label) => {
    expect(plainLabel("", name)).toBe(label);
  });
});

describe("in the platform's own schema", () => {
  const text = readFileSync(
    new URL("../../../../infra/supergraph.graphql", import.meta.url),
    "utf8",
  );
  const words = readFieldWords(text);
  const read = parse(text).definitions.flatMap((definition) =>
    definition.kind === Kind.OBJECT_TYPE_DEFINITION && words.isOf(definition.name.value, "Citizen")
      ? (definition.fields ?? []).map((field) => ({
          coordinate: `${definition.name.value}.${field.name.value}`,
          guarded: field.directives?.some(({ name }) => name.value === "data") ?? false,
        }))
      : [],
  );
  const labels = read
    .filter(({ guarded }) => guarded)
    .map(({ coordinate }) => ({ coordinate, label: words.ofField(coordinate) ?? "" }));

  it("every field of citizens has a short label without a developer's words", () => {
    expect(labels.length).toBeGreaterThan(100);
    const unfit = /.{81}|\w:\w|[`*_[\]]|\.$|\b(null|caller|scope|schema)\b|^$/;
    expect(labels.filter(({ label }) => unfit.test(label))).toEqual([]);
  });

  it("every one of them is described in words that fit", () => {
    const spelt = (coordinate: string): string =>
      coordinate.split(".")[1]!.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
    const bare = labels.filter(
      ({ coordinate, label }) => label.toLowerCase() === spelt(coordinate),
    );
    expect(bare).toEqual([]);
  });
});
