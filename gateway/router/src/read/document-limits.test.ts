import { Refusal } from "@truc/contracts";
import { describe, expect, test } from "vitest";
import { DocumentLimits } from "./document-limits.ts";

const limits = new DocumentLimits({
  maxTokens: 400,
  maxDepth: 6,
  maxNesting: 9,
  maxFields: 100,
  maxSameKey: 20,
});
function verdict(text: string): string {
  try {
    limits.check(text);
    return "passes";
  } catch (error) {
    return (error as Refusal).code;
  }
}
const nested = (depth: number): string => "{a".repeat(depth) + "}".repeat(depth);

describe("limits of a document", () => {
  test.each([
    ["as deep as allowed", nested(6), "passes"],
    ["one deeper", nested(7), "READ_TOO_DEEP"],
    [
      "deep through fragments",
      "{...F} fragment F on Q {a{b{c{...G}}}} fragment G on Q {a{b{c{d}}}}",
      "READ_TOO_DEEP",
    ],
    ["deep in inline fragments, which are no fields", "{a{...{...{...{...{...{b}}}}}}}", "passes"],
    [
      "one inline fragment deeper than selections may nest",
      "{a{...{...{...{...{...{...{...{...{b}}}}}}}}}}",
      "READ_TOO_DEEP",
    ],
    [
      "a chain of fragments",
      `{...F0} ${Array.from({ length: 9 }, (_, i) => `fragment F${i} on Q {...F${i + 1}}`).join(" ")} fragment F9 on Q {a}`,
      "READ_TOO_DEEP",
    ],
    ["a field twenty times", `{${"a ".repeat(20)}}`, "passes"],
    ["a field twenty-one times", `{${"a ".repeat(21)}}`, "READ_TOO_MANY_FIELDS"],
    ["too many tokens", `{${"a ".repeat(500)}}`, "READ_TOO_MANY_TOKENS"],
    ["a cycle of fragments, left to validation", "{...F} fragment F on Q {a ...F}", "passes"],
    ["what does not parse, left to the parser", "{a", "passes"],
    ["nothing", "", "passes"],
  ])("%s", (_title, text, expected) => {
    expect(verdict(text)).toBe(expected);
    expect(verdict(text)).toBe(expected);
  });

  test("fragments within fragments are counted in linear time, however many fields they stand for", () => {
    const doubling = Array.from(
      { length: 40 },
      (_, i) => `fragment F${i} on Q {...F${i + 1} ...F${i + 1}}`,
    ).join(" ");
    const roomy = new DocumentLimits({
      maxTokens: 10_000,
      maxDepth: 30,
      maxNesting: 45,
      maxFields: 5_000,
      maxSameKey: 500,
    });
    expect(() => roomy.check(`{...F0} ${doubling} fragment F40 on Q {a}`)).toThrow(
      "The operation selects more fields than the router allows.",
    );
  });

  test("a nesting that would overflow the parser's stack is refused like any other", () => {
    const deep = new DocumentLimits({
      maxTokens: 1_000_000,
      maxDepth: 30,
      maxNesting: 45,
      maxFields: 1_000_000,
      maxSameKey: 1_000_000,
    });
    expect(() => deep.check(nested(100_000))).toThrow(
      "The operation is nested deeper than the router allows.",
    );
  });
});
