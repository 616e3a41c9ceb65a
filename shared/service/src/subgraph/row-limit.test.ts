import { type Limits, type Permit, UNLIMITED } from "@truc/contracts";
import { describe, expect, it } from "vitest";
import { identityOfLimit, rowLimitAt, showsLink } from "./row-limit.ts";

const permit = (limits: Partial<Limits>, more: Partial<Permit> = {}): Permit => ({
  aud: "library",
  iat: 0,
  exp: 60,
  scopes: [],
  limits: { subjects: "any", search: true, linked: 0, ...limits },
  distance: 0,
  system: "test",
  ...more,
});
const every = { provinces: null, pins: null };
const ANH = "901170000001";
const BINH = "901170000002";

describe("the rows a permit lets through", () => {
  it.each<[string, Partial<Limits>, string[] | undefined, number, object]>([
    ["no limits", {}, undefined, 0, every],
    ["no limits, out of reach", {}, undefined, 4, every],
    ["provinces", { provinces: ["01"] }, undefined, 0, { provinces: ["01"], pins: null }],
    ["no province at all", { provinces: [] }, undefined, 0, { provinces: [], pins: null }],
    ["PINs", { subjects: "self" }, [ANH], 0, { provinces: null, pins: [ANH] }],
    ["PINs that nobody has named", { subjects: "household" }, undefined, 0, { ...every, pins: [] }],
    ["PINs named where anybody is meant", { subjects: "any" }, [ANH], 0, every],
    ["both", { provinces: ["01"], subjects: "self" }, [ANH], 0, { provinces: ["01"], pins: [ANH] }],
    [
      "linked, at distance 0",
      { provinces: ["01"], linked: 3 },
      undefined,
      0,
      { provinces: ["01"], pins: null },
    ],
    ["linked, within reach", { provinces: ["01"], linked: 2 }, undefined, 1, every],
    [
      "linked, at the end of its reach",
      { provinces: ["01"], subjects: "self", linked: 2 },
      [ANH],
      2,
      every,
    ],
    [
      "linked, beyond its reach",
      { provinces: ["01"], linked: 2 },
      undefined,
      3,
      { provinces: ["01"], pins: null },
    ],
    [
      "not linked, away",
      { provinces: ["01"], linked: 0 },
      undefined,
      1,
      { provinces: ["01"], pins: null },
    ],
  ])("%s", (_case, limits, pins, distance, expected) => {
    expect(rowLimitAt(permit(limits, pins && { pins }), distance)).toEqual(expected);
  });

  it("are the same in whatever order a permit names provinces and PINs, and however often", () => {
    const identity = (provinces: string[], pins: string[]) =>
      identityOfLimit(rowLimitAt(permit({ provinces, subjects: "self" }, { pins }), 0));
    expect(identity(["48", "01", "48"], [BINH, ANH])).toBe(
      identity(["01", "48"], [ANH, BINH, ANH]),
    );
    expect(
      new Set([
        identity(["01"], []),
        identity([], ["01"]),
        identity([], []),
        identity(["01"], [ANH]),
        identity(["01"], [ANH, BINH]),
        identityOfLimit(every),
      ]).size,
    ).toBe(6);
  });
});

describe("a link to an entity of another register", () => {
  it.each<[string, object, string | null, boolean]>([
    ["to a citizen, without limits", every, ANH, true],
    ["to a company, without limits", every, null, true],
    ["to a citizen among the PINs", { ...every, pins: [ANH] }, ANH, true],
    ["to a citizen not among the PINs", { ...every, pins: [ANH] }, BINH, false],
    ["to a company, where data subjects are limited", { ...every, pins: [ANH] }, null, false],
    [
      "where places are limited: whose place it is, the other register knows",
      { ...every, provinces: ["01"] },
      ANH,
      false,
    ],
    [
      "to a citizen among the PINs, where places are limited too",
      { provinces: ["01"], pins: [ANH] },
      ANH,
      false,
    ],
  ])("%s", (_case, limit, subject, shown) => {
    expect(showsLink(limit as typeof every, subject)).toBe(shown);
  });
});

it("is no limit without limits", () => {
  expect(rowLimitAt(permit(UNLIMITED), 0)).toEqual(every);
});
