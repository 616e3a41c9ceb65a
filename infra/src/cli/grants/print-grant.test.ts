import { expect, test } from "vitest";
import type { Grant } from "./grant.ts";
import { grantText } from "./print-grant.ts";

const GRANT: Grant = {
  id: "7d0c",
  status: "REQUESTED",
  system: { id: "land-office", agency: { id: "land-administration" } },
  purpose: { code: "LAND_TRANSFER", text: null },
  validFrom: "2026-11-24",
  validUntil: "2027-11-24",
  limits: { provinces: null, subjects: "ANY", search: false, linked: 1 },
  budget: { requestsPerSecond: 10, costPerMinute: 1_000 },
  operations: "ANY",
  demandsActor: false,
  demandsCase: false,
  demandsReceipt: false,
  requestedBy: { id: "agency-land", name: null },
  requestedAt: null,
  reason: "Transfers.",
  scopes: [],
  suspensions: [],
  request: null,
};

test("the day on which a grant was asked for is Viet Nam's, like those between which it holds", () => {
  const told = (requestedAt: string): string => grantText({ ...GRANT, requestedAt });
  expect(told("2026-11-23T17:00:00.000Z")).toContain(
    "requested, from 2026-11-24 until 2027-11-24\nasked for by agency-land on 2026-11-24: Transfers.\n",
  );
  expect(told("2026-11-23T16:59:59.999Z")).toContain(" on 2026-11-23: ");
});
