import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { resolveProvince } from "../../gateway/authority/src/registry/provinces.ts";

const [, ...rows] = readFileSync(
  new URL("../../infra/src/country/data/provinces.csv", import.meta.url),
  "utf8",
)
  .trim()
  .split("\n")
  .map(
    (line) =>
      line.split(",") as [
        code: string,
        name: string,
        from: string,
        to: string,
        succeededBy: string,
      ],
  );
const until = rows.filter(([, , , to]) => to !== "");
const since = rows.filter(([, , from]) => from !== "");
const currentOf = (code: string, asOf: string): string => {
  try {
    return resolveProvince({ code, asOf }).current;
  } catch (error) {
    return (error as { extensions: { code: string } }).extensions.code;
  }
};
const everyCode = Array.from({ length: 100 }, (_, number) => String(number).padStart(2, "0"));

test("the list holds both sets of codes", () => {
  expect([until.length, since.length]).toEqual([63, 34]);
});

test.each(["1999-12-31", "2025-06-30"])(
  "on %s a limit by a code reaches the province of today that took it over",
  (asOf) => {
    const expected = new Map(until.map(([code, , , , successor]) => [code, successor]));
    for (const code of everyCode)
      expect([code, currentOf(code, asOf)]).toEqual([
        code,
        expected.get(code) ?? "REGISTRY_PROVINCE_UNKNOWN",
      ]);
  },
);

test.each(["2025-07-01", "2026-11-22"])("on %s a code is the province's of today", (asOf) => {
  const expected = new Set(since.map(([code]) => code));
  for (const code of everyCode)
    expect([code, currentOf(code, asOf)]).toEqual([
      code,
      expected.has(code) ? code : "REGISTRY_PROVINCE_UNKNOWN",
    ]);
});

test("the seven codes that changed their meaning are told apart by the day", () => {
  const names = (list: typeof rows) => new Map(list.map(([code, name]) => [code, name]));
  const [old, current] = [names(until), names(since)];
  const changed = ["15", "24", "44", "52", "80", "82", "91"];
  for (const code of changed) expect(old.get(code)).not.toBe(current.get(code));
  // Every one of them lies in the province that bears its code today, so only the name tells them apart: but 27, which
  // is no code any more, is in 24, and 64 in 52.
  expect([currentOf("27", "2025-06-30"), currentOf("27", "2025-07-01")]).toEqual([
    "24",
    "REGISTRY_PROVINCE_UNKNOWN",
  ]);
  expect(currentOf("64", "2025-06-30")).toBe("52");
});
