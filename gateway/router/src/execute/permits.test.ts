import { UNLIMITED, verifyPermit, type PermitSecrets } from "@truc/contracts";
import { decodeJwt } from "jose";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Permit } from "../authorize.ts";
import { claimsOf, SignedPermits, type PermitClaims } from "./permits.ts";

const secrets: PermitSecrets = { keys: [{ kid: "a", secret: "A".repeat(43) }] };
const claims: PermitClaims = {
  scopes: ["ships:hull"],
  limits: UNLIMITED,
  distance: 0,
  system: "office",
};
const START = new Date("2026-11-22T08:00:00Z").getTime();

let permits: SignedPermits;
/** As for whoever has asked before: the first permit of all is not remembered. */
const remembered = (said: PermitClaims, subgraph = "ships"): string => {
  permits.for(said, subgraph);
  return permits.for(said, subgraph);
};
const permit = (): string => permits.for(claims, "ships");
/** Sets the wall clock without any time passing. */
const setBack = (seconds: number): void => void vi.setSystemTime(Date.now() - seconds * 1_000);
const pass = (seconds: number): void => void vi.advanceTimersByTime(seconds * 1_000);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date", "performance"], now: START });
  permits = new SignedPermits(new Map([["ships", secrets]]));
  permit();
});
afterEach(() => {
  vi.useRealTimers();
});

test("a permit is sent again for forty seconds", async () => {
  const first = permit();
  pass(39);
  expect(permit()).toBe(first);
  pass(1);
  const second = permit();
  expect(second).not.toBe(first);
  expect(decodeJwt(second).iat).toBe(START / 1_000 + 40);
});

test("for no longer when the clock is set back meanwhile", async () => {
  const first = permit();
  pass(35);
  setBack(30);
  expect(permit()).toBe(first);
  pass(4);
  expect(permit()).toBe(first);
  pass(1);
  const second = permit();
  expect(second).not.toBe(first);
  expect(decodeJwt(second)).toMatchObject({ iat: START / 1_000 + 10, exp: START / 1_000 + 70 });
});

test("a permit of the future is made anew: no subgraph would take it", async () => {
  const first = permit();
  setBack(3_600);
  const second = permit();
  expect(second).not.toBe(first);
  expect(verifyPermit(second, "ships", secrets).iat).toBe(START / 1_000 - 3_600);
});

test("nor is one kept that the wall clock alone says is old: the machine slept", async () => {
  const first = permit();
  setBack(-40);
  expect(permit()).not.toBe(first);
});

test("made again in the same second it is another text, which no subgraph has read before", async () => {
  const first = permit();
  pass(40);
  setBack(40);
  const second = permit();
  expect(decodeJwt(second).iat).toBe(decodeJwt(first).iat);
  expect(second).not.toBe(first);
});

test("the first permit of claims is not remembered, the second is: nothing is kept of who comes once", async () => {
  const once = { ...claims, person: "an" };
  const first = permits.for(once, "ships");
  const second = permits.for(once, "ships");
  expect(second).not.toBe(first);
  expect(verifyPermit(first, "ships", secrets)).toMatchObject(once);
  expect(permits.for(once, "ships")).toBe(second);
  // Nor are the first forty seconds those of the first.
  pass(40);
  const later = permits.for(once, "ships");
  expect(later).not.toBe(second);
  expect(permits.for(once, "ships")).toBe(later);
});

const HANOI = { ...UNLIMITED, provinces: ["01"] };
const SCOPES = new Set(["ships:hull"]);
const caller = { system: "office", subject: "an", agency: "navy", purpose: "VOYAGE" };
const rights = { scopes: SCOPES, limits: UNLIMITED, pins: undefined, self: "1" };
const permitOf = (own: object, of: object = caller): Permit =>
  ({ caller: of, rights: { ...rights, ...own } }) as unknown as Permit;

test("what permits say is made once for as long as the rights are the same, and is signed once", () => {
  const first = claimsOf(permitOf({ actor: "one" }), 1);
  expect(claimsOf(permitOf({ actor: "other" }), 1)).toBe(first);
  const text = remembered(first);
  expect(permits.for(first, "ships")).toBe(text);
  pass(40);
  expect(permits.for(first, "ships")).not.toBe(text);
});

test.each([
  ["scopes", { scopes: new Set(["ships:hull", "ships:crew"]) }],
  ["limits", { limits: HANOI }],
  ["people", { pins: ["1", "2"] }],
  ["nobody at all", { pins: [] }],
  ["oneself", { self: "2" }],
])("other %s: another permit, for the same caller too", async (_what, own) => {
  const before = claimsOf(permitOf({}), 0);
  const after = claimsOf(permitOf(own), 0);
  expect(after).not.toEqual(before);
  expect(remembered(after)).not.toBe(remembered(before));
  // And the first one's again, whatever was made since.
  expect(claimsOf(permitOf({}), 0)).toEqual(before);
});

test("people are told apart by who they are, not by the list they stand in", () => {
  const first = claimsOf(permitOf({ pins: ["2", "1"] }), 0);
  expect(claimsOf(permitOf({ pins: ["2", "1"] }), 0)).toBe(first);
  expect(claimsOf(permitOf({ pins: ["2", "3"] }), 0).pins).toEqual(["2", "3"]);
});

test("callers, distances and subgraphs share nothing that differs", async () => {
  permits = new SignedPermits(
    new Map([
      ["ships", secrets],
      ["crews", secrets],
    ]),
  );
  const all = [
    [claimsOf(permitOf({}), 0), "ships"],
    [claimsOf(permitOf({}), 1), "ships"],
    [claimsOf(permitOf({}), 0), "crews"],
    [claimsOf(permitOf({}, { ...caller, subject: "binh" }), 0), "ships"],
    [claimsOf(permitOf({}, { ...caller, agency: "army" }), 0), "ships"],
  ] as const;
  const texts = all.map(([each, to]) => remembered(each, to));
  expect(new Set(texts).size).toBe(all.length);
  expect(texts.map((each) => decodeJwt(each))).toEqual(
    all.map(([each, aud]) => expect.objectContaining({ ...each, aud }) as unknown),
  );
  // The same said of another caller is one permit.
  const same = claimsOf(permitOf({}, { ...caller }), 0);
  expect(same).not.toBe(all[0][0]);
  expect(remembered(same)).toBe(texts[0]);
});

test("ten thousand are remembered; whose is forgotten is signed for again", () => {
  const own = claimsOf(permitOf({}), 0);
  const first = remembered(own);
  const others = Array.from({ length: 10_000 }, (_, index) =>
    claimsOf(permitOf({}, { ...caller, subject: `person-${index}` }), 0),
  );
  const texts = others.map((each) => remembered(each));
  const again = permits.for(own, "ships");
  expect(again).not.toBe(first);
  expect(verifyPermit(again, "ships", secrets)).toMatchObject({ ...own, person: "an" });
  // The last ones are remembered still, the first of them has made room for the one signed for again.
  expect(permits.for(others[9_999]!, "ships")).toBe(texts[9_999]);
  expect(permits.for(others[0]!, "ships")).not.toBe(texts[0]);
});
