import { GraphQLError, Kind, parseValue, valueFromAST } from "graphql";
import { describe, expect, it } from "vitest";
import vectors from "../../vectors/scalars.json" with { type: "json" };
import { enterpriseCheckDigit, scalars } from "./index.ts";

interface Vectors {
  valid: unknown[];
  invalid: unknown[];
}

describe.each(Object.entries(vectors as Record<string, Vectors>))(
  "%s",
  (name, { valid, invalid }) => {
    const scalar = scalars[name]!;

    it.each(valid)("takes %j in and gives it out unchanged", (value) => {
      expect(scalar.parseValue(value)).toEqual(value);
      expect(scalar.serialize(value)).toEqual(value);
    });

    it.each(invalid)("refuses %j, stating the rule and not the value", (value) => {
      const error = refusalOf(() => scalar.parseValue(value));
      expect(error.extensions["code"]).toBe("ARGUMENT_INVALID");
      expect(error.extensions["rule"]).toBe(error.message);
      expect(error.message).toMatch(/^an? .*[^.]$/);
      if (typeof value === "string" && value.length > 3) expect(error.message).not.toContain(value);
    });

    it("judges literals as it judges variables", () => {
      for (const value of valid)
        expect(valueFromAST(parseValue(literal(value)), scalar)).toEqual(value);
      for (const value of invalid)
        expect(() => scalar.parseLiteral(parseValue(literal(value)))).toThrow(GraphQLError);
    });
  },
);

it.each(Object.keys(scalars))("%s refuses what is long or holds NUL", (name) => {
  const scalar = scalars[name]!;
  const local = "a".repeat(255);
  for (const text of [
    "9".repeat(600_000),
    `${local}@mail.vn`,
    "a\u0000@mail.vn",
    "2026-01-01\u0000",
  ]) {
    expect(refusalOf(() => scalar.parseValue(text)).extensions["code"]).toBe("ARGUMENT_INVALID");
    const node = parseValue(JSON.stringify(text));
    expect(refusalOf(() => scalar.parseLiteral(node)).extensions["code"]).toBe("ARGUMENT_INVALID");
  }
});

it("gives a moment as RFC 3339 does", () => {
  expect(scalars["DateTime"]!.serialize(new Date(0))).toEqual(new Date(0));
  expect(refusalOf(() => scalars["DateTime"]!.parseValue("yesterday")).extensions["code"]).toBe(
    "ARGUMENT_INVALID",
  );
});

it.each([
  "0000-01-01T00:00:00Z",
  "0000-12-31T23:59:59.999Z",
  "0001-01-01T00:00:00+07:00",
  "9999-12-31T23:59:59-07:00",
])("refuses the moment %s, of a year that databases do not take", (text) => {
  const scalar = scalars["DateTime"]!;
  for (const refused of [
    () => scalar.parseValue(text),
    () => scalar.parseLiteral(parseValue(JSON.stringify(text))),
  ]) {
    expect(refusalOf(refused).extensions).toMatchObject({
      code: "ARGUMENT_INVALID",
      rule: "a moment is written as RFC 3339 does, as in 2026-01-31T08:30:00Z",
    });
  }
});

it.each([
  ["0001-01-01T07:00:00+07:00", "0001-01-01T00:00:00.000Z"],
  ["9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"],
])("takes the moment %s", (text, moment) => {
  const scalar = scalars["DateTime"]!;
  expect(scalar.parseValue(text)).toEqual(new Date(moment));
  expect(scalar.parseLiteral(parseValue(JSON.stringify(text)))).toEqual(new Date(moment));
});

it("computes the enterprise code's check digit, and knows the serials that have none", () => {
  expect(enterpriseCheckDigit("010023348")).toBe(8);
  expect(enterpriseCheckDigit("031440905")).toBe(8);
  // 10 − 0 = 10: no single digit, so the serial is never issued.
  expect(enterpriseCheckDigit("000000000")).toBeNull();
});

it("describes every scalar", () => {
  for (const scalar of Object.values(scalars))
    expect(scalar.description, scalar.name).toMatch(/\.$/);
});

function refusalOf(run: () => unknown): GraphQLError {
  try {
    run();
  } catch (error) {
    if (error instanceof GraphQLError) return error;
    throw error;
  }
  throw new Error("it was not refused");
}

/** A JSON value as a GraphQL literal, which has no quotes around names. */
function literal(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([name, inner]) => `${name}: ${literal(inner)}`)
    .join(", ")}}`;
}

it("reads a polygon's variables inside a literal", () => {
  const polygon = vectors.GeoJSONPolygon.valid[0]!;
  const node = parseValue('{type: "Polygon", coordinates: $rings}');
  expect(node.kind).toBe(Kind.OBJECT);
  expect(scalars["GeoJSONPolygon"]!.parseLiteral(node, { rings: polygon.coordinates })).toEqual(
    polygon,
  );
});
