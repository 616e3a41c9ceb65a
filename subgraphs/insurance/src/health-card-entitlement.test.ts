import { describe, expect, test } from "vitest";
import { type EntitlementReason, healthCardEntitlement } from "./health-card-entitlement.ts";

interface Case {
  title: string;
  born: string | null;
  on: string;
  reason: EntitlementReason;
  until: string | null;
  residence?: null;
}

const cases: Case[] = [
  {
    title: "day of birth",
    born: "2024-05-10",
    on: "2024-05-10",
    reason: "UNDER_SIX",
    until: "2030-09-30",
  },
  {
    title: "day before birth",
    born: "2024-05-10",
    on: "2024-05-09",
    reason: "NOT_YET_BORN",
    until: "2030-09-30",
  },
  {
    title: "last day of being five",
    born: "2020-05-10",
    on: "2026-05-09",
    reason: "UNDER_SIX",
    until: "2026-09-30",
  },
  {
    title: "sixth birthday in May",
    born: "2020-05-10",
    on: "2026-05-10",
    reason: "TURNED_SIX",
    until: "2026-09-30",
  },
  {
    title: "30 September",
    born: "2020-05-10",
    on: "2026-09-30",
    reason: "TURNED_SIX",
    until: "2026-09-30",
  },
  {
    title: "1 October",
    born: "2020-05-10",
    on: "2026-10-01",
    reason: "PAST_ENTITLEMENT",
    until: "2026-09-30",
  },
  {
    title: "born 1 January",
    born: "2020-01-01",
    on: "2026-09-30",
    reason: "TURNED_SIX",
    until: "2026-09-30",
  },
  {
    title: "born 30 September",
    born: "2020-09-30",
    on: "2026-09-30",
    reason: "TURNED_SIX",
    until: "2026-09-30",
  },
  {
    title: "born 30 September, next day",
    born: "2020-09-30",
    on: "2026-10-01",
    reason: "PAST_ENTITLEMENT",
    until: "2026-09-30",
  },
  {
    title: "born 1 October",
    born: "2020-10-01",
    on: "2026-09-30",
    reason: "UNDER_SIX",
    until: "2026-10-31",
  },
  {
    title: "born 1 October, end of month",
    born: "2020-10-01",
    on: "2026-10-31",
    reason: "TURNED_SIX",
    until: "2026-10-31",
  },
  {
    title: "born 1 October, month after",
    born: "2020-10-01",
    on: "2026-11-01",
    reason: "PAST_ENTITLEMENT",
    until: "2026-10-31",
  },
  {
    title: "born in November, which has 30 days",
    born: "2020-11-15",
    on: "2026-11-30",
    reason: "TURNED_SIX",
    until: "2026-11-30",
  },
  {
    title: "born 31 December",
    born: "2020-12-31",
    on: "2026-12-31",
    reason: "TURNED_SIX",
    until: "2026-12-31",
  },
  {
    title: "born 31 December, New Year",
    born: "2020-12-31",
    on: "2027-01-01",
    reason: "PAST_ENTITLEMENT",
    until: "2026-12-31",
  },
  {
    title: "born 29 February, 28 February",
    born: "2024-02-29",
    on: "2030-02-28",
    reason: "UNDER_SIX",
    until: "2030-09-30",
  },
  {
    title: "born 29 February, 1 March",
    born: "2024-02-29",
    on: "2030-03-01",
    reason: "TURNED_SIX",
    until: "2030-09-30",
  },
  {
    title: "adult",
    born: "1990-03-02",
    on: "2026-11-22",
    reason: "PAST_ENTITLEMENT",
    until: "1996-09-30",
  },
  {
    title: "no day of birth",
    born: null,
    on: "2026-11-22",
    reason: "BIRTH_DATE_UNKNOWN",
    until: null,
  },
  {
    title: "child without residence",
    born: "2024-05-10",
    on: "2026-11-22",
    reason: "RESIDENCE_UNKNOWN",
    until: "2030-09-30",
    residence: null,
  },
  {
    title: "adult without residence",
    born: "1990-03-02",
    on: "2026-11-22",
    reason: "PAST_ENTITLEMENT",
    until: "1996-09-30",
    residence: null,
  },
];

describe("entitlement to a children's card", () => {
  test.each(cases)("$title: $reason", ({ born, on, reason, until, residence = "01" }) => {
    const entitled = reason === "UNDER_SIX" || reason === "TURNED_SIX";
    expect(healthCardEntitlement({ birthDate: born, residenceProvince: residence }, on)).toEqual({
      on,
      entitled,
      reason,
      type: entitled ? "TE" : null,
      benefitLevel: entitled ? 1 : null,
      paidPercent: entitled ? 100 : null,
      province: entitled ? "01" : null,
      until,
    });
  });
});
