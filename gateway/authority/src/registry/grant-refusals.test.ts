import { amendGrant } from "./amend-grant.ts";
import { apiSchemaOf } from "./api-schema.ts";
import { directAction } from "./direct-action.ts";
import { revokeGrant, withdrawRequest } from "./end-grant.ts";
import { approveOperation, registerOperation, rejectOperation } from "./operations.ts";
import { resume, suspend } from "./status.ts";
import {
  FORMER,
  hashOf,
  operation,
  QUERY,
  type RefusalCase,
  refusesAll,
  schema,
  sealed,
} from "./test-refusals.ts";
import { by } from "./test-registry.ts";

const CASES: RefusalCase[] = [
  // changes of a live grant
  [
    "widening by an owner",
    "NOT_NARROWER",
    ({ db, live }) => amendGrant(db, by("head-land"), { grant: live, limits: { linked: 3 } }),
  ],
  [
    "a longer term by an owner",
    "NOT_NARROWER",
    ({ db, live }) => amendGrant(db, by("head-land"), { grant: live, validUntil: "2027-11-23" }),
  ],
  [
    "a further scope by its owner",
    "NOT_NARROWER",
    ({ db, live }) =>
      amendGrant(db, by("head-people"), {
        grant: live,
        scopes: ["people:name", "people:home", "land:plot"],
      }),
  ],
  [
    "an owner who drops another's scope",
    "SCOPE_NOT_OWNED",
    ({ db, live }) => amendGrant(db, by("head-land"), { grant: live, scopes: ["land:plot"] }),
  ],
  [
    "narrowing by a stranger",
    "FORBIDDEN",
    ({ db, live }) => amendGrant(db, by("stranger"), { grant: live, limits: { linked: 0 } }),
  ],
  [
    "narrowing to what it is",
    "NOTHING_CHANGES",
    ({ db, live }) => amendGrant(db, by("clerk"), { grant: live, limits: { search: false } }),
  ],
  [
    "an end in the past",
    "PERIOD_PAST",
    ({ db, live }) => amendGrant(db, by("clerk"), { grant: live, validUntil: "2026-11-21" }),
  ],
  [
    "dropping everything",
    "INPUT_INVALID",
    ({ db, live }) => amendGrant(db, by("clerk"), { grant: live, scopes: [] }),
  ],
  [
    "a change of a grant that was revoked",
    "GRANT_STATE",
    ({ db, revoked }) => amendGrant(db, by("clerk"), { grant: revoked, limits: { linked: 0 } }),
  ],
  ["revoking by a stranger", "FORBIDDEN", ({ db, live }) => revokeGrant(db, by("stranger"), live)],
  [
    "revoking by an owner that has approved nothing",
    "FORBIDDEN",
    ({ db, pending }) => revokeGrant(db, by("head-land"), pending),
  ],
  ["revoking twice", "GRANT_STATE", ({ db, revoked }) => revokeGrant(db, by("op"), revoked)],
  [
    "withdrawing by an owner",
    "FORBIDDEN",
    ({ db, pending }) => withdrawRequest(db, by("head-land"), pending),
  ],
  [
    "withdrawing nothing",
    "SCOPE_NOT_PENDING",
    ({ db, decided }) => withdrawRequest(db, by("clerk"), decided),
  ],
  [
    "suspending what nobody has approved",
    "GRANT_STATE",
    ({ db, pending }) => suspend(db, by("op"), { kind: "grant", id: pending }),
  ],
  [
    "suspending by a stranger",
    "FORBIDDEN",
    ({ db, live }) => suspend(db, by("stranger"), { kind: "grant", id: live }),
  ],
  [
    "resuming what is active",
    "STATE",
    ({ db, live }) => resume(db, by("op"), { kind: "grant", id: live }),
  ],

  // operations
  [
    "an operation whose hash is another's",
    "HASH_MISMATCH",
    ({ db }) => registerOperation(db, by("clerk"), operation({ hash: hashOf("x") }), schema),
  ],
  [
    "an operation whose hash is in capitals",
    "HASH_MISMATCH",
    ({ db }) =>
      registerOperation(db, by("clerk"), operation({ hash: hashOf(QUERY).toUpperCase() }), schema),
  ],
  [
    "an operation that fits no schema",
    "OPERATION_INVALID",
    ({ db }) => registerOperation(db, by("clerk"), sealed("{ gold }"), schema),
  ],
  [
    "an operation that is no GraphQL",
    "OPERATION_INVALID",
    ({ db }) => registerOperation(db, by("clerk"), sealed("gold {"), schema),
  ],
  [
    "two operations at once",
    "OPERATION_INVALID",
    ({ db }) =>
      registerOperation(
        db,
        by("clerk"),
        sealed('query A { plot(id: "1") } query B { plot(id: "1") }'),
        schema,
      ),
  ],
  [
    "an operation without a schema to hold it against",
    "SUPERGRAPH_MISSING",
    ({ db }) => registerOperation(db, by("clerk"), operation(), apiSchemaOf(undefined)),
  ],
  [
    "an operation with a schema that cannot be read",
    "SUPERGRAPH_MISSING",
    ({ db }) => registerOperation(db, by("clerk"), operation(), apiSchemaOf("/nowhere")),
  ],
  [
    "an operation of another agency",
    "FORBIDDEN",
    ({ db }) => registerOperation(db, by("stranger"), operation(), schema),
  ],
  [
    "approval of an operation nobody has registered",
    "OPERATION_UNKNOWN",
    ({ db, live }) =>
      approveOperation(db, by("head-land"), { grant: live, hash: hashOf("x") }, schema),
  ],
  [
    "approval of an operation by a stranger",
    "SCOPE_NOT_OWNED",
    ({ db, live }) =>
      approveOperation(db, by("stranger"), { grant: live, hash: hashOf(FORMER) }, schema),
  ],
  [
    "approval of an operation by who registered it",
    "OWN_REQUEST",
    ({ db, live }) =>
      approveOperation(db, by("both"), { grant: live, hash: hashOf(FORMER) }, schema),
  ],
  [
    "approval of an operation that no longer fits",
    "OPERATION_INVALID",
    ({ db, live }) =>
      approveOperation(db, by("head-land"), { grant: live, hash: hashOf(FORMER) }, schema),
  ],
  [
    "refusal of an operation by an owner that has approved nothing",
    "SCOPE_NOT_OWNED",
    ({ db, pending }) =>
      rejectOperation(db, by("head-land"), { grant: pending, hash: hashOf(FORMER) }),
  ],

  // the operator's key
  [
    "revoking a system",
    "INPUT_INVALID",
    ({ db }) => directAction(db, { action: "revoke", kind: "system", id: "desk", reason: "Over." }),
  ],
  [
    "suspending directly what there is not",
    "PERSON_UNKNOWN",
    ({ db }) =>
      directAction(db, { action: "suspend", kind: "person", id: "none", reason: "Over." }),
  ],
];

refusesAll(CASES);
