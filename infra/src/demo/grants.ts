import type { PlatformDefinition } from "@truc/authority";
import { ONE_STOP_SCOPES } from "./purposes.ts";
import { OWN_ACCESSES, PLATFORM_SCOPES, scopesOf } from "./scopes.ts";
import type { DemoSystem } from "./systems.ts";

/** A grant of the demo; all of them begin and end on the same days. */
type Grant = Omit<PlatformDefinition["grants"][number], "system" | "validFrom" | "validUntil"> & {
  system: DemoSystem;
};

/** Its code meant the same before and after the codes were given anew. */
const HANOI = { code: "01", asOf: "2025-07-01" };

/** What each system may read for which purpose: no more than the purpose takes in the demo's journeys. */
export const GRANTS: Grant[] = [
  {
    system: "console",
    purpose: "PLATFORM_ADMINISTRATION",
    scopes: PLATFORM_SCOPES,
  },
  {
    system: "portal",
    purpose: "CITIZEN_RECORDS",
    // Whoever is signed in, and nobody else.
    limits: { subjects: "self", search: false, linked: 0 },
    scopes: [
      "population:identity",
      "population:residence",
      "population:family",
      "population:contact",
      ...scopesOf("land-administration"),
      ...scopesOf("business-registration-office"),
      ...scopesOf("social-security"),
      OWN_ACCESSES,
    ],
  },
  {
    system: "service-counter",
    purpose: "ONE_STOP_SERVICE",
    // Whoever stands at the counter is looked up by her number; counters everywhere share the budget.
    limits: { search: false },
    budget: { requestsPerSecond: 1_000, costPerMinute: 100_000_000 },
    scopes: ONE_STOP_SCOPES,
  },
  {
    system: "land-office",
    purpose: "LAND_TRANSFER",
    // The desk of Hà Nội: parcels of the province, and who holds them, wherever they live.
    limits: { provinces: [HANOI], linked: 1 },
    scopes: [
      ...scopesOf("land-administration"),
      "population:identity",
      "population:family",
      "business:profile",
    ],
  },
  {
    system: "land-office",
    purpose: "DATA_CLEANUP",
    scopes: ["land:parcel", "land:rights", "population:identity"],
  },
  {
    system: "insurance-inspector",
    purpose: "CONTRIBUTION_CHECK",
    scopes: [
      "business:profile",
      "business:representatives",
      "insurance:contributions",
      "population:identity",
    ],
  },
  {
    system: "business-registrar",
    purpose: "COMPANY_FOUNDING",
    scopes: [...scopesOf("business-registration-office"), "population:identity"],
  },
  {
    system: "inspectorate",
    purpose: "ASSET_DECLARATION",
    scopes: [
      "population:identity",
      "population:residence",
      "population:family",
      "land:parcel",
      "land:rights",
      "land:encumbrances",
      "business:profile",
      "business:owners",
      "business:representatives",
    ],
  },
];
