import { readFileSync } from "node:fs";
import { Kind, parse } from "graphql";
import { describe, expect, test } from "vitest";
import { day, names, oneOf, STATUSES, SUBJECTS, wholeNumber } from "./words.ts";

test.each([
  ["GrantStatus", STATUSES],
  ["SubjectLimit", SUBJECTS],
])("the words for %s are the registry's", (name, words) => {
  const schema = parse(
    readFileSync(new URL("../../../../gateway/authority/schema.graphql", import.meta.url), "utf8"),
  );
  const values = schema.definitions.flatMap((each) =>
    each.kind === Kind.ENUM_TYPE_DEFINITION && each.name.value === name ? (each.values ?? []) : [],
  );
  expect(words).toEqual(values.map((value) => value.name.value.toLowerCase()));
});

describe("what is typed is taken", () => {
  test("as a word in any case", () => {
    expect(oneOf(["one", "two"])("Two")).toBe("TWO");
    expect(() => oneOf(["one", "two"])("three")).toThrow("Choose one of one, two.");
  });

  test("as a number within its bounds", () => {
    expect([wholeNumber(0, 3)("0"), wholeNumber(0, 3)("3")]).toEqual([0, 3]);
    for (const text of ["-1", "4", "1.5", "1e1", ""])
      expect(() => wholeNumber(0, 3)(text), text).toThrow("a whole number from 0 to 3");
  });

  test("as a day that there is", () => {
    expect(day("2028-02-29")).toBe("2028-02-29");
    for (const text of ["2027-02-29", "2027-13-01", "27-01-01", "tomorrow"])
      expect(() => day(text), text).toThrow("a day of the calendar");
  });

  test("as names, each once", () => {
    expect(names("a, b  a,c")).toEqual(["a", "b", "c"]);
    expect(() => names(" , ")).toThrow("It names nothing.");
  });
});
