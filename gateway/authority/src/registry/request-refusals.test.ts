import { requestGrant } from "./request-grant.ts";
import { type Facts, type RefusalCase, refusesAll } from "./test-refusals.ts";
import { by, byOn, requestOf, TODAY, approveOpen, rejectOpen } from "./test-registry.ts";

const CASES: RefusalCase[] = [
  // requests
  ["a request for an unknown scope", "SCOPE_UNKNOWN", (f) => ask(f, { scopes: ["land:gold"] })],
  ["a request for an unknown purpose", "PURPOSE_UNKNOWN", (f) => ask(f, { purpose: "NONE" })],
  ["a request of an unknown system", "SYSTEM_UNKNOWN", (f) => ask(f, { system: "none" })],
  [
    "a request for a province that was none yet",
    "PROVINCE_UNKNOWN",
    (f) => ask(f, provinces("03", TODAY)),
  ],
  [
    "a request for a province that is none any more",
    "PROVINCE_UNKNOWN",
    (f) => ask(f, provinces("64", "2025-07-01")),
  ],
  [
    "a request for a province by no code",
    "PROVINCE_UNKNOWN",
    (f) => ask(f, provinces("Huế", TODAY)),
  ],
  [
    "a request beyond the ceiling",
    "SCOPE_BEYOND_CEILING",
    (f) => ask(f, { scopes: ["people:name", "land:debt"] }),
  ],
  [
    "a request that ends before it starts",
    "PERIOD_REVERSED",
    (f) => ask(f, { validFrom: "2027-02-01", validUntil: "2027-01-31" }),
  ],
  ["a request that starts in the past", "PERIOD_PAST", (f) => ask(f, { validFrom: "2026-11-21" })],
  [
    "a request that ended yesterday",
    "PERIOD_REVERSED",
    (f) => ask(f, { validUntil: "2026-11-21" }),
  ],
  [
    "a request for more than 24 months",
    "PERIOD_TOO_LONG",
    (f) => ask(f, { validUntil: "2028-11-23" }),
  ],
  [
    "a request for more than 24 months from a later start",
    "PERIOD_TOO_LONG",
    (f) => ask(f, { validFrom: "2027-01-31", validUntil: "2029-02-01" }),
  ],
  [
    "a request without an end",
    "INPUT_INVALID",
    (f) => ask(f, { validUntil: undefined as unknown as string }),
  ],
  ["a request for nothing", "INPUT_INVALID", (f) => ask(f, { scopes: [] })],
  ["a request to follow four relations", "INPUT_INVALID", (f) => ask(f, { limits: { linked: 4 } })],
  ["a request for no budget", "INPUT_INVALID", (f) => ask(f, { budget: { costPerMinute: 0 } })],
  [
    "a request without a reason",
    "REASON_MISSING",
    ({ db }) => requestGrant(db, by("clerk", "  "), requestOf()),
  ],
  [
    "a request with a reason beyond measure",
    "REASON_MISSING",
    ({ db }) => requestGrant(db, by("clerk", "x".repeat(2001)), requestOf()),
  ],
  [
    "a request of a stranger",
    "FORBIDDEN",
    ({ db }) => requestGrant(db, by("stranger"), requestOf()),
  ],
  ["a request of an operator", "FORBIDDEN", ({ db }) => requestGrant(db, by("op"), requestOf())],
  [
    "a request of nobody known",
    "FORBIDDEN",
    ({ db }) => requestGrant(db, by("nobody"), requestOf()),
  ],
  [
    "a request of somebody suspended",
    "FORBIDDEN",
    ({ db }) => requestGrant(db, by("suspended-clerk"), requestOf()),
  ],
  [
    "a request of a suspended agency's administrator",
    "FORBIDDEN",
    ({ db }) => requestGrant(db, by("stopped"), requestOf({ system: "stopped-desk" })),
  ],
  [
    "a second request while the first is undecided",
    "REQUEST_PENDING",
    ({ db }) => requestGrant(db, by("clerk"), requestOf({ system: "counter" })),
  ],
  [
    "a second amendment while the first is undecided",
    "REQUEST_PENDING",
    (f) => ask(f, { system: "desk", scopes: ["people:home"] }),
  ],
  [
    "an amendment for later",
    "PERIOD_LATER",
    (f) => ask(f, { system: "desk", scopes: ["people:home"], validFrom: "2027-01-01" }),
  ],
  [
    "a request for what there is",
    "NOTHING_CHANGES",
    (f) => ask(f, { system: "desk", validUntil: "2027-01-01" }),
  ],

  // decisions
  [
    "approval by a stranger",
    "SCOPE_NOT_OWNED",
    ({ db, pending }) => approveOpen(db, by("stranger"), { grant: pending, scopes: ["land:plot"] }),
  ],
  [
    "approval by the owner of another scope, with one of its own",
    "SCOPE_NOT_OWNED",
    ({ db, pending }) =>
      approveOpen(db, by("head-people"), {
        grant: pending,
        scopes: ["people:name", "land:plot"],
      }),
  ],
  [
    "approval by an operator",
    "SCOPE_NOT_OWNED",
    ({ db, pending }) => approveOpen(db, by("op"), { grant: pending, scopes: ["land:plot"] }),
  ],
  [
    "approval by the agency",
    "SCOPE_NOT_OWNED",
    ({ db, pending }) => approveOpen(db, by("clerk"), { grant: pending, scopes: ["land:plot"] }),
  ],
  [
    "approval by who asked, although an owner's administrator",
    "OWN_REQUEST",
    ({ db, pending }) => approveOpen(db, by("both"), { grant: pending, scopes: ["people:name"] }),
  ],
  [
    "refusal by a stranger",
    "SCOPE_NOT_OWNED",
    ({ db, pending }) => rejectOpen(db, by("stranger"), { grant: pending, scopes: ["land:plot"] }),
  ],
  [
    "approval of an unknown scope",
    "SCOPE_UNKNOWN",
    ({ db, pending }) =>
      approveOpen(db, by("head-land"), { grant: pending, scopes: ["land:gold"] }),
  ],
  [
    "approval of a scope nobody asked for",
    "SCOPE_NOT_PENDING",
    ({ db, pending }) =>
      approveOpen(db, by("head-land"), { grant: pending, scopes: ["land:debt"] }),
  ],
  [
    "approval of a scope that is approved",
    "SCOPE_NOT_PENDING",
    ({ db, live }) => approveOpen(db, by("head-land"), { grant: live, scopes: ["land:plot"] }),
  ],
  [
    "approval in a grant that was revoked",
    "GRANT_STATE",
    ({ db, revoked }) =>
      approveOpen(db, by("head-people"), { grant: revoked, scopes: ["people:name"] }),
  ],
  [
    "approval in a grant whose last day is over",
    "GRANT_STATE",
    ({ db, pending }) =>
      approveOpen(db, byOn("head-people", "2027-11-23"), {
        grant: pending,
        scopes: ["people:name"],
      }),
  ],
  [
    "approval in a grant there is not",
    "GRANT_UNKNOWN",
    ({ db }) => approveOpen(db, by("head-land"), { grant: "none", scopes: ["land:plot"] }),
  ],
  [
    "approval of nothing",
    "INPUT_INVALID",
    ({ db, pending }) => approveOpen(db, by("head-land"), { grant: pending, scopes: [] }),
  ],
];

refusesAll(CASES);

function ask({ db }: Facts, changes: Parameters<typeof requestOf>[0]): Promise<string> {
  return requestGrant(db, by("clerk"), requestOf({ system: "vacant", ...changes }));
}

function provinces(code: string, asOf: string) {
  return { limits: { provinces: [{ code, asOf }] } };
}
