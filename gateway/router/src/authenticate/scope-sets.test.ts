import { expect, it } from "vitest";
import { ScopeSets } from "./scope-sets.ts";

it("gives the names of a claim, and none for no claim", () => {
  const sets = new ScopeSets();
  expect([...sets.of("books:loans people:names")]).toEqual(["books:loans", "people:names"]);
  expect([...sets.of(" books:loans  books:loans ")]).toEqual(["books:loans"]);
  expect([...sets.of(undefined), ...sets.of("")]).toEqual([]);
});

it("gives one set for claims written alike, and others for others", () => {
  const sets = new ScopeSets();
  expect(sets.of("books:loans books:titles")).toBe(sets.of("books:loans books:titles"));
  expect(sets.of("books:loans books:titles")).not.toBe(sets.of("books:titles books:loans"));
  expect([...sets.of("books:loans")]).toEqual(["books:loans"]);
});

it("forgets claims when there are too many, and still reads them", () => {
  const sets = new ScopeSets();
  const first = sets.of("a:0");
  for (let at = 1; at <= 2_000; at++) sets.of(`a:${at}`);
  expect(sets.of("a:0")).not.toBe(first);
  expect([...sets.of("a:0")]).toEqual(["a:0"]);
});
