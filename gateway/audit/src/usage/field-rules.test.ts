import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { followFieldRules, readFieldRules } from "./field-rules.ts";
import { RULES, SUPERGRAPH } from "./test-usage.ts";

const rules = readFieldRules(SUPERGRAPH);
const sorted = (alternatives: readonly (readonly string[])[]): string[] =>
  alternatives.map((all) => all.toSorted().join(" ")).toSorted();

test("the guarded fields of object types are those with scopes, each with what it and its type need", () => {
  expect(
    Object.fromEntries([...rules.guarded].map(([name, rule]) => [name, sorted(rule)])),
  ).toEqual(Object.fromEntries(Object.entries(RULES).map(([name, rule]) => [name, sorted(rule)])));
  expect([...rules.guarded.keys()]).toEqual(Object.keys(RULES).toSorted());
});

test.each([
  ["Named.name", ["boats:hull crew:names"]],
  ["Query.ports", [""]],
  ["Boat.unheardOf", [""]],
  ["nonsense", [""]],
])("%s needs %j", (coordinate, needed) => {
  expect(sorted(rules.needed(coordinate))).toEqual(needed);
});

test.each([
  ["Boat.name", ["boats"]],
  ["Boat.fit", ["boats", "crew"]],
  ["Named.name", ["boats", "crew"]],
  ["Query.ports", ["boats"]],
  ["Owner.city", ["boats"]],
  // A key that several registers share says nothing of either, and a field that another mentions is still its owner's.
  ["Boat.id", []],
  ["Boat.draught", ["boats"]],
  ["Boat.unheardOf", []],
  ["nonsense", []],
])("%s belongs to %j", (coordinate, registers) => {
  expect(rules.registersOf(coordinate)).toEqual(registers);
});

test("alternatives that need more than another one does are left out", () => {
  const rule = `@requiresScopes(scopes: [["b", "a"], ["a"], ["c", "d"], ["d", "c"]])`;
  const link = `@link(url: "https://specs.apollo.dev/requiresScopes/v0.1", for: SECURITY)`;
  const text = `schema ${link} { query: Query } type Query { x: Int ${rule} }`;
  expect(sorted(readFieldRules(text).needed("Query.x"))).toEqual(["a", "c d"]);
});

test("a supergraph that changes is read again; one that has become wrong is reported and not used", () => {
  const folder = mkdtempSync(join(tmpdir(), "truc-rules-"));
  const file = join(folder, "supergraph.graphql");
  const write = (text: string, at: number): void => {
    writeFileSync(file, text);
    utimesSync(file, at, at);
  };
  const link = `@link(url: "https://specs.apollo.dev/requiresScopes/v0.1", for: SECURITY)`;
  const textFor = (scope: string): string =>
    `schema ${link} { query: Query } type Query { x: Int @requiresScopes(scopes: [["${scope}"]]) }`;
  try {
    write(textFor("a:b"), 1_000);
    let now = 0;
    const errors: unknown[] = [];
    const log = { error: (...words: unknown[]) => void errors.push(words) };
    const present = followFieldRules(file, log, () => now);
    expect(present().needed("Query.x")).toEqual([["a:b"]]);
    write(textFor("c:d"), 2_000);
    now = 999;
    expect(present().needed("Query.x")).toEqual([["a:b"]]);
    now = 1_000;
    expect(present().needed("Query.x")).toEqual([["c:d"]]);
    write("type {", 3_000);
    now = 2_000;
    expect(present().needed("Query.x")).toEqual([["c:d"]]);
    expect(errors).toHaveLength(1);
    rmSync(file);
    now = 3_000;
    expect(present().needed("Query.x")).toEqual([["c:d"]]);
    write(textFor("e:f"), 4_000);
    now = 4_000;
    expect(present().needed("Query.x")).toEqual([["e:f"]]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
