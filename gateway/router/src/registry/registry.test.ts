import { UNLIMITED, type FeedGrant, type RegistrySnapshot } from "@truc/contracts";
import { describe, expect, test } from "vitest";
import { Registry } from "./registry.ts";

const grant = (facts: Partial<FeedGrant>): FeedGrant => ({
  id: "g",
  system: "ferry",
  purpose: "VOYAGE",
  status: "active",
  scopes: ["ships:hull"],
  limits: UNLIMITED,
  budget: { requestsPerSecond: 1, costPerMinute: 1 },
  operations: "any",
  registered: [],
  demandsActor: false,
  demandsCase: false,
  demandsReceipt: false,
  validFrom: "2026-03-01",
  validUntil: "2026-03-31",
  ...facts,
});
const registry = (...grants: FeedGrant[]): Registry => {
  const snapshot: RegistrySnapshot = {
    revision: 7,
    scopes: [{ name: "ships:hull", owner: "harbour-office" }],
    purposes: [
      { code: "VOYAGE", legalBasis: "Act 1", ceiling: ["ships:hull"], disclosureDelayDays: 90 },
    ],
    systems: [],
    grants,
    operations: [{ hash: "aa", name: "Hulls", text: "{ hulls }" }],
    suspendedSubjects: ["s-1"],
  };
  return new Registry(snapshot);
};
const idAt = (instant: string, ...grants: FeedGrant[]): string | undefined =>
  registry(...grants).liveGrant("ferry", "VOYAGE", new Date(instant))?.id;

describe("the grant in force", () => {
  test.each([
    ["before its first day", "2026-02-28T16:59:59Z", undefined],
    ["from midnight in Viet Nam on", "2026-02-28T17:00:00Z", "g"],
    ["to the end of its last day in Viet Nam", "2026-03-31T16:59:59Z", "g"],
    ["and no longer", "2026-03-31T17:00:00Z", undefined],
  ])("%s", (_case, instant, id) => {
    expect(idAt(instant, grant({}))).toBe(id);
  });

  test("a suspended one closes the purpose, whatever stands beside it", () => {
    const noon = "2026-03-10T05:00:00Z";
    expect(idAt(noon, grant({ status: "suspended" }))).toBeUndefined();
    expect(idAt(noon, grant({ id: "a" }), grant({ id: "b", status: "suspended" }))).toBeUndefined();
  });

  test("one that is over closes nothing, one to come opens nothing", () => {
    const over = grant({ id: "over", status: "suspended", validUntil: "2026-03-09" });
    const toCome = grant({ id: "to come", validFrom: "2026-03-11" });
    expect(idAt("2026-03-10T05:00:00Z", over, toCome, grant({ id: "now" }))).toBe("now");
  });

  test("is the system's own, for that purpose: names that run together are not one", () => {
    const others = [grant({ system: "ferry2" }), grant({ purpose: "VOYAGE2" })];
    expect(idAt("2026-03-10T05:00:00Z", ...others)).toBeUndefined();
    expect(
      registry(grant({ system: 'a","b', purpose: "c" })).liveGrant("a", 'b","c', new Date()),
    ).toBeUndefined();
  });
});

test("owners, purposes and names of operations are found, and nothing that an object has of its own", () => {
  const known = registry();
  expect([known.ownerOf("ships:hull"), known.operation("aa")?.name, known.revision]).toEqual([
    "harbour-office",
    "Hulls",
    7,
  ]);
  expect(known.purpose("VOYAGE")).toEqual({
    legalBasis: "Act 1",
    ceiling: new Set(["ships:hull"]),
    disclosureDelayDays: 90,
  });
  expect(known.suspendedSubjects.has("s-1")).toBe(true);
  for (const name of ["constructor", "__proto__", "toString"]) {
    expect([known.system(name), known.purpose(name), known.ownerOf(name)]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  }
});
