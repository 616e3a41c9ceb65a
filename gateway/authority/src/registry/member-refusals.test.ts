import { registerAgency } from "./agencies.ts";
import { definePurpose, type PurposeText } from "./define-purpose.ts";
import { registerPerson, setRoles } from "./people.ts";
import { resume, suspend } from "./status.ts";
import { addSystemKey, registerSystem, retireSystemKey } from "./systems.ts";
import { type Facts, type RefusalCase, refusesAll } from "./test-refusals.ts";
import { by } from "./test-registry.ts";

const CASES: RefusalCase[] = [
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
    ({ db }) => registerSystem(db, by("clerk"), { id: "desk", agency: "bureau", name: "New" }),
  ],
  [
    "a system with a weak key, whole",
    "KEY_WEAK",
    ({ db, rsa1024, strongKey }) =>
      registerSystem(db, by("clerk"), {
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
      registerSystem(db, by("clerk"), {
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
    "a key by an operator, for an agency that has an administrator",
    "FORBIDDEN",
    ({ db, strongKey }) => addSystemKey(db, by("op"), { system: "desk", key: strongKey }),
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
  ["a purpose as it is", "NOTHING_CHANGES", ({ db }) => definePurpose(db, by("op"), census())],
  [
    "another text of a purpose in use",
    "PURPOSE_IN_USE",
    ({ db }) => definePurpose(db, by("op"), census({ text: "Counting people and their shoes." })),
  ],
  [
    "another legal basis of a purpose in use",
    "PURPOSE_IN_USE",
    ({ db }) => definePurpose(db, by("op"), census({ legalBasis: "Another law" })),
  ],
  [
    "a higher ceiling of a purpose in use",
    "PURPOSE_IN_USE",
    ({ db }) => definePurpose(db, by("op"), census({ ceiling: ["people:name", "people:home"] })),
  ],
  [
    "another ceiling, no higher, of a purpose in use",
    "PURPOSE_IN_USE",
    ({ db }) => definePurpose(db, by("op"), census({ ceiling: ["people:home"] })),
  ],
  [
    "later disclosure of a purpose in use",
    "PURPOSE_IN_USE",
    ({ db }) => definePurpose(db, by("op"), census({ disclosureDelayDays: 31 })),
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
];

refusesAll(CASES);

function addKey({ db }: Facts, key: unknown): Promise<string> {
  return addSystemKey(db, by("clerk"), { system: "counter", key });
}

/** The purpose that a live grant of these tests is for, as it stands. */
function census(changes: Partial<PurposeText> = {}): PurposeText {
  return {
    code: "CENSUS",
    text: "Counting people.",
    legalBasis: "The law on counting",
    ceiling: ["people:name"],
    disclosureDelayDays: 30,
    ...changes,
  };
}

function purpose(changes = {}) {
  return {
    code: "NEW",
    text: "New.",
    legalBasis: "A law",
    ceiling: ["people:name"],
    ...changes,
  };
}
