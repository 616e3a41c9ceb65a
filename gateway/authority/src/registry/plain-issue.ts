import type * as z from "zod";

/**
 * What is wrong with a value, in plain English and without repeating it, for forms that have no words of their own. What a
 * form says of itself goes first.
 */
export function plainIssue(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case "invalid_type":
      if (issue.input === undefined) return "it is missing";
      return `it is ${NOUNS[issue.expected] ?? "of another kind than it should be"}`;
    case "too_small":
      return `it has at least ${amount(Number(issue.minimum), issue.origin)}`;
    case "too_big":
      return `it has at most ${amount(Number(issue.maximum), issue.origin)}`;
    case "invalid_value":
      return `it is ${oneOf(issue.values)}`;
    case "invalid_format":
      return "it is written in another form than it should be";
    case "unrecognized_keys":
      return "it holds something the registry does not know";
    default:
      return "it is not what it should be";
  }
}

const NOUNS: Partial<Record<string, string>> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
};

/** As in: one item, 20 items, 200 characters. */
function amount(count: number, origin: string): string {
  const unit = origin === "string" ? "character" : origin === "array" ? "item" : "";
  return count === 1 && unit !== ""
    ? `one ${unit}`
    : `${count} ${unit}${unit === "" ? "" : "s"}`.trim();
}

function oneOf(values: readonly unknown[]): string {
  const words = values.map(String);
  return words.length === 1 ? words[0]! : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}
