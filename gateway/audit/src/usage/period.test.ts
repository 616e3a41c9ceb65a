import { expect, test } from "vitest";
import { periodOf } from "./period.ts";

const NOW = new Date("2026-11-22T23:30:00Z");

test.each([
  ["nothing", {}, { from: "2026-10-24", to: "2026-11-22" }],
  ["nulls", { from: null, to: null }, { from: "2026-10-24", to: "2026-11-22" }],
  ["an end", { to: "2026-03-01" }, { from: "2026-01-31", to: "2026-03-01" }],
  ["a beginning", { from: "2026-11-01" }, { from: "2026-11-01", to: "2026-11-22" }],
  ["one day", { from: "2026-11-22", to: "2026-11-22" }, { from: "2026-11-22", to: "2026-11-22" }],
  ["24 months", { from: "2024-11-23" }, { from: "2024-11-23", to: "2026-11-22" }],
])("%s stated", (_, args, period) => {
  expect(periodOf(args, NOW)).toEqual(period);
});

test.each([
  [
    "reversed",
    { from: "2026-11-02", to: "2026-11-01" },
    "a period begins on the day it ends or before",
  ],
  [
    "a beginning after today",
    { from: "2026-11-23" },
    "a period begins on the day it ends or before",
  ],
  ["a day more than 24 months", { from: "2024-11-22" }, "a period has at most 24 months"],
])("%s is refused", (_, args, rule) => {
  expect(() => periodOf(args, NOW)).toThrow(`Argument "from": ${rule}.`);
});
