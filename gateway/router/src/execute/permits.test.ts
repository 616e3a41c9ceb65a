import { UNLIMITED, verifyPermit, type PermitSecrets } from "@truc/contracts";
import { decodeJwt } from "jose";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { SignedPermits, type PermitClaims } from "./permits.ts";

const secrets: PermitSecrets = { keys: [{ kid: "a", secret: "A".repeat(43) }] };
const claims: PermitClaims = {
  scopes: ["ships:hull"],
  limits: UNLIMITED,
  distance: 0,
  system: "office",
};
const START = new Date("2026-11-22T08:00:00Z").getTime();

let permits: SignedPermits;
const permit = async (): Promise<string> => await permits.for(claims, "ships");
/** Sets the wall clock without any time passing. */
const setBack = (seconds: number): void => void vi.setSystemTime(Date.now() - seconds * 1_000);
const pass = (seconds: number): void => void vi.advanceTimersByTime(seconds * 1_000);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date", "performance"], now: START });
  permits = new SignedPermits(new Map([["ships", secrets]]));
});
afterEach(() => {
  vi.useRealTimers();
});

test("a permit is sent again for forty seconds", async () => {
  const first = await permit();
  pass(39);
  expect(await permit()).toBe(first);
  pass(1);
  const second = await permit();
  expect(second).not.toBe(first);
  expect(decodeJwt(second).iat).toBe(START / 1_000 + 40);
});

test("for no longer when the clock is set back meanwhile", async () => {
  const first = await permit();
  pass(35);
  setBack(30);
  expect(await permit()).toBe(first);
  pass(4);
  expect(await permit()).toBe(first);
  pass(1);
  const second = await permit();
  expect(second).not.toBe(first);
  expect(decodeJwt(second)).toMatchObject({ iat: START / 1_000 + 10, exp: START / 1_000 + 70 });
});

test("a permit of the future is made anew: no subgraph would take it", async () => {
  const first = await permit();
  setBack(3_600);
  const second = await permit();
  expect(second).not.toBe(first);
  expect((await verifyPermit(second, "ships", secrets)).iat).toBe(START / 1_000 - 3_600);
});

test("nor is one kept that the wall clock alone says is old: the machine slept", async () => {
  const first = await permit();
  setBack(-40);
  expect(await permit()).not.toBe(first);
});

test("made again in the same second it is another text, which no subgraph has read before", async () => {
  const first = await permit();
  pass(40);
  setBack(40);
  const second = await permit();
  expect(decodeJwt(second).iat).toBe(decodeJwt(first).iat);
  expect(second).not.toBe(first);
});
