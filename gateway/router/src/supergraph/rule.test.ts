import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { both, implies, OPEN, satisfies, type Rule } from "./rule.ts";

const scoped = (...scopes: string[][]): Rule => ({ scopes, policy: false });

describe("rules of several subgraphs on one coordinate", () => {
  test("are both needed: the product of their alternatives", () => {
    expect(both(scoped(["A"], ["B"]), scoped(["C"])).scopes).toEqual([
      ["A", "C"],
      ["B", "C"],
    ]);
  });

  test("lose alternatives that another one makes superfluous", () => {
    expect(both(scoped(["A"], ["B"]), scoped(["A"])).scopes).toEqual([["A"]]);
  });

  test("an authenticated-only rule adds nothing to scopes", () => {
    expect(both(OPEN, scoped(["A"]))).toEqual(scoped(["A"]));
  });

  test("a policy is satisfied by nobody", () => {
    expect(satisfies(new Set(["A"]), both(scoped(["A"]), { scopes: null, policy: true }))).toBe(
      false,
    );
  });
});

const rules = fc
  .array(fc.uniqueArray(fc.constantFrom("a", "b", "c", "d"), { minLength: 1, maxLength: 3 }), {
    minLength: 1,
    maxLength: 4,
  })
  .map((scopes): Rule => ({ scopes, policy: false }));
const holders = fc
  .uniqueArray(fc.constantFrom("a", "b", "c", "d"))
  .map((scopes) => new Set(scopes));

test("both() lets in exactly those whom each rule lets in", () => {
  fc.assert(
    fc.property(rules, rules, holders, (left, right, scopes) => {
      expect(satisfies(scopes, both(left, right))).toBe(
        satisfies(scopes, left) && satisfies(scopes, right),
      );
    }),
    { numRuns: 2_000 },
  );
});

test("implies() holds exactly when every holder of scopes agrees", () => {
  const everyone = Array.from(
    { length: 16 },
    (_, bits) => new Set(["a", "b", "c", "d"].filter((_s, i) => bits & (1 << i))),
  );
  fc.assert(
    fc.property(rules, rules, (strong, weak) => {
      const expected = everyone.every(
        (scopes) => !satisfies(scopes, strong) || satisfies(scopes, weak),
      );
      expect(implies(strong, weak)).toBe(expected);
    }),
    { numRuns: 2_000 },
  );
});
