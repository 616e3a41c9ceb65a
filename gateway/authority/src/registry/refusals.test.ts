import { createHash, generateKeyPairSync } from "node:crypto";
import { databaseServers } from "@truc/service/testing";
import { buildSchema } from "graphql";
import { exportJWK, type JWK } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeSystemKey } from "../system-key.ts";
import { registerAgency } from "./agencies.ts";
import { amendGrant } from "./amend-grant.ts";
import { type ApiSchema, apiSchemaOf } from "./api-schema.ts";
import { approveScopes, rejectScopes } from "./decide-scopes.ts";
import { definePurpose } from "./define-purpose.ts";
import { directAction } from "./direct-action.ts";
import { revokeGrant, withdrawRequest } from "./end-grant.ts";
import { approveOperation, registerOperation, rejectOperation } from "./operations.ts";
import { registerPerson, setRoles } from "./people.ts";
import { requestGrant } from "./request-grant.ts";
import { resume, suspend } from "./status.ts";
import { addSystemKey, registerSystem, retireSystemKey } from "./systems.ts";
import {
  askFor,
  by,
  byOn,
  requestOf,
  startTestRegistry,
  type TestRegistry,
  TODAY,
} from "./test-registry.ts";

/** What the cases find: made once, as nothing that is refused changes it. */
interface Facts extends TestRegistry {
  /** Of `desk`: both owners have approved it, and an amendment with new terms is open. */
  live: string;
  /** Of `counter`: asked for by `both`, approved by nobody. */
  pending: string;
  /** Of `counter`, for another purpose, approved, with nothing undecided. */
  decided: string;
  /** Of `desk`, for another purpose. */
  revoked: string;
  /** A key of `counter`. */
  retiredKey: string;
  strongKey: JWK;
  rsa1024: JWK;
  rsaExponent3: JWK;
  privateKey: JWK;
}

const schema: ApiSchema = async () => buildSchema("type Query { plot(id: ID!): String }");
/** The schema of another day, and an operation that fitted it. */
const formerSchema: ApiSchema = async () => buildSchema("type Query { gold: String }");
const FORMER = "{ gold }";
const QUERY = "query Plot($id: ID!) { plot(id: $id) }";
const hashOf = (text: string): string => createHash("sha256").update(text).digest("hex");
const operation = (changes = {}) => ({
  agency: "bureau",
  hash: hashOf(QUERY),
  name: "Plot",
  text: QUERY,
  ...changes,
});

const purpose = (changes = {}) => ({
  code: "NEW",
  text: "New.",
  legalBasis: "A law",
  ceiling: ["people:name"],
  ...changes,
});

/** What is refused: its code, and what was tried. */
const CASES: [what: string, code: string, attempt: (facts: Facts) => Promise<unknown>][] = [
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
    ({ db, pending }) =>
      approveScopes(db, by("stranger"), { grant: pending, scopes: ["land:plot"] }),
  ],
  [
    "approval by the owner of another scope, with one of its own",
    "SCOPE_NOT_OWNED",
    ({ db, pending }) =>
      approveScopes(db, by("head-people"), {
        grant: pending,
        scopes: ["people:name", "land:plot"],
      }),
  ],
  [
    "approval by an operator",
    "SCOPE_NOT_OWNED",
    ({ db, pending }) => approveScopes(db, by("op"), { grant: pending, scopes: ["land:plot"] }),
  ],
  [
    "approval by the agency",
    "SCOPE_NOT_OWNED",
    ({ db, pending }) => approveScopes(db, by("clerk"), { grant: pending, scopes: ["land:plot"] }),
  ],
  [
    "approval by who asked, although an owner's administrator",
    "OWN_REQUEST",
    ({ db, pending }) => approveScopes(db, by("both"), { grant: pending, scopes: ["people:name"] }),
  ],
  [
    "refusal by a stranger",
    "SCOPE_NOT_OWNED",
    ({ db, pending }) =>
      rejectScopes(db, by("stranger"), { grant: pending, scopes: ["land:plot"] }),
  ],
  [
    "approval of an unknown scope",
    "SCOPE_UNKNOWN",
    ({ db, pending }) =>
      approveScopes(db, by("head-land"), { grant: pending, scopes: ["land:gold"] }),
  ],
  [
    "approval of a scope nobody asked for",
    "SCOPE_NOT_PENDING",
    ({ db, pending }) =>
      approveScopes(db, by("head-land"), { grant: pending, scopes: ["land:debt"] }),
  ],
  [
    "approval of a scope that is approved",
    "SCOPE_NOT_PENDING",
    ({ db, live }) => approveScopes(db, by("head-land"), { grant: live, scopes: ["land:plot"] }),
  ],
  [
    "approval in a grant that was revoked",
    "GRANT_STATE",
    ({ db, revoked }) =>
      approveScopes(db, by("head-people"), { grant: revoked, scopes: ["people:name"] }),
  ],
  [
    "approval in a grant whose last day is over",
    "GRANT_STATE",
    ({ db, pending }) =>
      approveScopes(db, byOn("head-people", "2027-11-23"), {
        grant: pending,
        scopes: ["people:name"],
      }),
  ],
  [
    "approval in a grant there is not",
    "GRANT_UNKNOWN",
    ({ db }) => approveScopes(db, by("head-land"), { grant: "none", scopes: ["land:plot"] }),
  ],
  [
    "approval of nothing",
    "INPUT_INVALID",
    ({ db, pending }) => approveScopes(db, by("head-land"), { grant: pending, scopes: [] }),
  ],

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

  // agencies, systems, keys, purposes
  [
    "an agency by somebody else than an operator",
    "FORBIDDEN",
    ({ db }) => registerAgency(db, by("auditor"), { id: "new", name: "New" }),
  ],
  [
    "an agency there is",
    "ID_TAKEN",
    ({ db }) => registerAgency(db, by("op"), { id: "bureau", name: "New" }),
  ],
  [
    "an agency of no form",
    "INPUT_INVALID",
    ({ db }) => registerAgency(db, by("op"), { id: "Büro", name: "New" }),
  ],
  [
    "a system of an unknown agency",
    "AGENCY_UNKNOWN",
    ({ db }) => registerSystem(db, by("op"), { id: "new", agency: "none", name: "New" }),
  ],
  [
    "a system by another agency's administrator",
    "FORBIDDEN",
    ({ db }) => registerSystem(db, by("stranger"), { id: "new", agency: "bureau", name: "New" }),
  ],
  [
    "a system there is",
    "ID_TAKEN",
    ({ db }) => registerSystem(db, by("op"), { id: "desk", agency: "bureau", name: "New" }),
  ],
  [
    "a system with a weak key, whole",
    "KEY_WEAK",
    ({ db, rsa1024, strongKey }) =>
      registerSystem(db, by("op"), {
        id: "new",
        agency: "bureau",
        name: "New",
        keys: [strongKey, rsa1024],
      }),
  ],
  [
    "a sign-in that returns in plain text",
    "INPUT_INVALID",
    ({ db }) =>
      registerSystem(db, by("op"), {
        id: "new",
        agency: "bureau",
        name: "New",
        redirectUris: ["http://bureau.example/back"],
      }),
  ],
  ["a private key", "KEY_PRIVATE", (f) => addKey(f, f.privateKey)],
  ["a secret", "KEY_PRIVATE", (f) => addKey(f, { kty: "oct", k: "c2VjcmV0" })],
  ["an RSA key of 1024 bits", "KEY_WEAK", (f) => addKey(f, f.rsa1024)],
  ["an RSA key with the exponent 3", "KEY_WEAK", (f) => addKey(f, f.rsaExponent3)],
  ["an RSA key with the exponent 1", "KEY_WEAK", (f) => addKey(f, { ...f.rsaExponent3, e: "AQ" })],
  ["a key off its curve", "KEY_INVALID", (f) => addKey(f, { ...f.strongKey, x: "A".repeat(43) })],
  [
    "a key for another algorithm",
    "KEY_INVALID",
    (f) => addKey(f, { ...f.strongKey, alg: "ES384" }),
  ],
  ["a key to encrypt with", "KEY_INVALID", (f) => addKey(f, { ...f.strongKey, use: "enc" })],
  ["no key", "KEY_INVALID", (f) => addKey(f, "key")],
  [
    "a key of another system",
    "KEY_TAKEN",
    ({ db, deskKey }) =>
      addSystemKey(db, by("stranger"), { system: "stranger-desk", key: deskKey }),
  ],
  [
    "a key of another system under another name",
    "KEY_TAKEN",
    ({ db, deskKey }) =>
      addSystemKey(db, by("stranger"), {
        system: "stranger-desk",
        key: { ...deskKey, kid: "mine" },
      }),
  ],
  ["a key of the system's own", "KEY_TAKEN", (f) => addKey(f, f.deskKey)],
  [
    "a key by another agency's administrator",
    "FORBIDDEN",
    ({ db, strongKey }) => addSystemKey(db, by("stranger"), { system: "desk", key: strongKey }),
  ],
  [
    "a key of an unknown system",
    "SYSTEM_UNKNOWN",
    ({ db, strongKey }) => addSystemKey(db, by("op"), { system: "none", key: strongKey }),
  ],
  ["retiring an unknown key", "KEY_UNKNOWN", ({ db }) => retireSystemKey(db, by("op"), "none")],
  [
    "retiring a key twice",
    "STATE",
    ({ db, retiredKey }) => retireSystemKey(db, by("op"), retiredKey),
  ],
  [
    "resuming a key that was retired",
    "STATE",
    ({ db, retiredKey }) => resume(db, by("op"), { kind: "key", id: retiredKey }),
  ],
  [
    "suspending an agency by its administrator",
    "FORBIDDEN",
    ({ db }) => suspend(db, by("clerk"), { kind: "agency", id: "bureau" }),
  ],
  [
    "suspending an unknown system",
    "SYSTEM_UNKNOWN",
    ({ db }) => suspend(db, by("op"), { kind: "system", id: "none" }),
  ],
  [
    "a purpose by somebody else than an operator",
    "FORBIDDEN",
    ({ db }) => definePurpose(db, by("head-people"), purpose()),
  ],
  [
    "a purpose with an unknown scope",
    "SCOPE_UNKNOWN",
    ({ db }) => definePurpose(db, by("op"), purpose({ ceiling: ["people:name", "people:shoe"] })),
  ],
  [
    "a purpose as it is",
    "NOTHING_CHANGES",
    ({ db }) =>
      definePurpose(db, by("op"), {
        code: "CENSUS",
        text: "Counting people.",
        legalBasis: "The law on counting",
        ceiling: ["people:name"],
      }),
  ],
  [
    "a purpose of no form",
    "INPUT_INVALID",
    ({ db }) => definePurpose(db, by("op"), purpose({ code: "new" })),
  ],

  // people
  [
    "a person by somebody else than an operator",
    "FORBIDDEN",
    ({ db }) => registerPerson(db, by("clerk"), { id: "new", name: "New" }),
  ],
  [
    "a person there is",
    "ID_TAKEN",
    ({ db }) => registerPerson(db, by("op"), { id: "clerk", name: "New" }),
  ],
  [
    "a person of a number there is",
    "ID_TAKEN",
    ({ db }) => registerPerson(db, by("op"), { id: "new", name: "New", pin: "901190000001" }),
  ],
  [
    "a person named like the operator's key",
    "ID_TAKEN",
    ({ db }) => registerPerson(db, by("op"), { id: "operator-key", name: "New" }),
  ],
  [
    "an administrator of nothing",
    "INPUT_INVALID",
    ({ db }) =>
      registerPerson(db, by("op"), {
        id: "new",
        name: "New",
        roles: [{ role: "owner-admin", agency: null }],
      }),
  ],
  [
    "an owner's administrator made up by an operator, where there is one",
    "FORBIDDEN",
    ({ db }) =>
      registerPerson(db, by("op"), {
        id: "new",
        name: "New",
        roles: [{ role: "owner-admin", agency: "land-office" }],
      }),
  ],
  [
    "an owner's administrator made out of somebody by an operator",
    "FORBIDDEN",
    ({ db }) =>
      setRoles(db, by("op"), {
        person: "auditor",
        roles: [
          { role: "auditor", agency: null },
          { role: "owner-admin", agency: "land-office" },
        ],
      }),
  ],
  [
    "an operator made by an owner's administrator",
    "FORBIDDEN",
    ({ db }) =>
      setRoles(db, by("head-land"), {
        person: "citizen",
        roles: [
          { role: "citizen", agency: null },
          { role: "operator", agency: null },
        ],
      }),
  ],
  [
    "roles of one's own",
    "OWN_ROLES",
    ({ db }) => setRoles(db, by("op"), { person: "op", roles: [] }),
  ],
  [
    "suspending oneself",
    "OWN_ROLES",
    ({ db }) => suspend(db, by("op"), { kind: "person", id: "op" }),
  ],
  [
    "roles of nobody",
    "PERSON_UNKNOWN",
    ({ db }) => setRoles(db, by("op"), { person: "none", roles: [] }),
  ],
  [
    "roles at no agency",
    "AGENCY_UNKNOWN",
    ({ db }) =>
      setRoles(db, by("op"), {
        person: "auditor",
        roles: [{ role: "agency-admin", agency: "none" }],
      }),
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

const ask = ({ db }: Facts, changes: Parameters<typeof requestOf>[0]) =>
  requestGrant(db, by("clerk"), requestOf({ system: "vacant", ...changes }));
const addKey = ({ db }: Facts, key: unknown) =>
  addSystemKey(db, by("clerk"), { system: "counter", key });
const provinces = (code: string, asOf: string) => ({ limits: { provinces: [{ code, asOf }] } });
const sealed = (text: string) => operation({ text, hash: hashOf(text) });

describe.each(databaseServers())("refused on $dialect, and the registry unchanged:", (server) => {
  let facts: Facts;
  beforeAll(async () => {
    const registry = await startTestRegistry(server);
    const { db } = registry;
    facts = { ...registry, ...(await keys()), ...(await grants(registry)) };
    const thumbprint = await addSystemKey(db, by("clerk"), {
      system: "counter",
      key: (await makeSystemKey()).publicKey,
    });
    await retireSystemKey(db, by("clerk"), thumbprint);
    facts.retiredKey = thumbprint;
    await registerOperation(db, by("both"), sealed(FORMER), formerSchema);
    await registerAgency(db, by("op"), { id: "stopped-agency", name: "Stopped" });
    await registerSystem(db, by("op"), { id: "stopped-desk", agency: "stopped-agency", name: "S" });
    await registerPerson(db, by("op"), {
      id: "stopped",
      name: "Stopped",
      roles: [{ role: "agency-admin", agency: "stopped-agency" }],
    });
    await suspend(db, by("op"), { kind: "agency", id: "stopped-agency" });
    await registerPerson(db, by("op"), { id: "suspended-clerk", name: "Suspended" });
    await suspend(db, by("op"), { kind: "person", id: "suspended-clerk" });
  });
  afterAll(() => facts.close());

  test.each(CASES)("%s: REGISTRY_%s", async (_what, code, attempt) => {
    const before = await facts.dump();
    const error = await attempt(facts).then(
      () => undefined,
      (reason: unknown) => reason as { message: string; extensions: { code: string } },
    );
    expect(error?.extensions?.code).toBe(`REGISTRY_${code}`);
    expect(error!.message).toMatch(/^[A-Z][^\n]*\.$/);
    expect(await facts.dump()).toEqual(before);
  });
});

async function grants(registry: TestRegistry) {
  const { db } = registry;
  await registerSystem(db, by("clerk"), { id: "vacant", agency: "bureau", name: "Vacant" });
  const live = await askFor(registry);
  await approveScopes(db, by("head-people"), { grant: live, scopes: ["people:name"] });
  await approveScopes(db, by("head-land"), { grant: live, scopes: ["land:plot"] });
  await askFor(registry, { limits: { linked: 1 } });
  await approveScopes(db, by("head-land"), { grant: live, scopes: ["land:plot"] });
  const pending = await requestGrant(db, by("both"), requestOf({ system: "counter" }));
  const census = { purpose: "CENSUS", scopes: ["people:name"] };
  const decided = await askFor(registry, { ...census, system: "counter" });
  await approveScopes(db, by("head-people"), { grant: decided, scopes: ["people:name"] });
  const revoked = await askFor(registry, census);
  await revokeGrant(db, by("clerk"), revoked);
  return { live, pending, decided, revoked };
}

async function keys() {
  const strong = await makeSystemKey();
  const rsa = (modulusLength: number, publicExponent: number): Promise<JWK> =>
    exportJWK(generateKeyPairSync("rsa", { modulusLength, publicExponent }).publicKey);
  return {
    retiredKey: "",
    strongKey: strong.publicKey as JWK,
    privateKey: strong.privateKey,
    rsa1024: await rsa(1024, 65_537),
    rsaExponent3: await rsa(2048, 3),
  };
}
