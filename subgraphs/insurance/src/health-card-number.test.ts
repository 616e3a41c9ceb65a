import { buildSchema, isEnumType } from "graphql";
import { expect, test } from "vitest";
import { config } from "./config.ts";
import {
  cardLevel,
  cardType,
  HEALTH_CARD_TYPES,
  PAID_PERCENT,
  typeMeaning,
} from "./health-card-number.ts";

test("a card number says type and level", () => {
  expect(cardType("TE1019012345678")).toBe("TE");
  expect(cardLevel("TE1019012345678")).toBe(1);
  expect(typeMeaning("TE")).toBe("child under six");
});

test.each(["ZZ", "__", "constructor"])("%s means nothing", (letters) => {
  expect(typeMeaning(letters)).toBeNull();
});

test.each([
  [1, 100],
  [2, 100],
  [3, 95],
  [4, 80],
  [5, 100],
])("level %i pays %i %%", (level, percent) => {
  expect(PAID_PERCENT[level]).toBe(percent);
});

test("the schema lists the same types with the same meanings", () => {
  const type = buildSchema(config.schema, { assumeValid: true, assumeValidSDL: true }).getType(
    "HealthCardType",
  );
  const values = isEnumType(type) ? type.getValues() : [];
  expect(Object.fromEntries(values.map(({ name, description }) => [name, description]))).toEqual(
    Object.fromEntries(
      Object.entries(HEALTH_CARD_TYPES).map(([letters, meaning]) => [
        letters,
        `${meaning[0]!.toUpperCase()}${meaning.slice(1)}.`,
      ]),
    ),
  );
});
