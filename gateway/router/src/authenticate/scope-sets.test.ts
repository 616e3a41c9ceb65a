import { expect, it } from "vitest";
import { ScopeSets } from "./scope-sets.ts";

it("gives the names of a claim, and none for no claim", () => {
  const sets = new ScopeSets();
  expect([...sets.of("land:parcel population:identity")]).toEqual([
    "land:parcel",
    "population:identity",
  ]);
  expect([...sets.of(" land:parcel  land:parcel ")]).toEqual(["land:parcel"]);
  expect([...sets.of(undefined), ...sets.of("")]).toEqual([]);
});

it("gives one set for claims written alike, and others for others", () => {
  const sets = new ScopeSets();
  expect(sets.of("land:parcel land:rights")).toBe(sets.of("land:parcel land:rights"));
  expect(sets.of("land:parcel land:rights")).not.toBe(sets.of("land:rights land:parcel"));
  expect([...sets.of("land:parcel")]).toEqual(["land:parcel"]);
});

it("forgets claims when there are too many, and still reads them", () => {
  const sets = new ScopeSets();
  const first = sets.of("a:0");
  for (let at = 1; at <= 2_000; at++) sets.of(`a:${at}`);
  expect(sets.of("a:0")).not.toBe(first);
  expect([...sets.of("a:0")]).toEqual(["a:0"]);
});
