import { createHash, generateKeyPairSync } from "node:crypto";
import { databaseServers } from "@truc/service/testing";
import { exportJWK, type JWK } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeSystemKey } from "../system-key.ts";
import { registerAgency } from "./agencies.ts";
import { type ApiSchema, toOperationSchema } from "./api-schema.ts";
import { revokeGrant } from "./end-grant.ts";
import { registerOperation } from "./operations.ts";
import { registerPerson } from "./people.ts";
import { requestGrant } from "./request-grant.ts";
import { suspend } from "./status.ts";
import { addSystemKey, registerSystem, retireSystemKey } from "./systems.ts";
import {
  askFor,
  by,
  requestOf,
  startTestRegistry,
  type TestRegistry,
  approveOpen,
} from "./test-registry.ts";

/** What the cases find: made once, as nothing that is refused changes it. */
export interface Facts extends TestRegistry {
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

/** What is refused: in words, its code without REGISTRY_, and what was tried. */
export type RefusalCase = [what: string, code: string, attempt: (facts: Facts) => Promise<unknown>];

/** What operations are held against. */
export const schema: ApiSchema = async () =>
  toOperationSchema("type Query { plot(id: ID!): String }");
const formerSchema: ApiSchema = async () => toOperationSchema("type Query { gold: String }");
/** An operation that fitted the schema of another day, and is registered. */
export const FORMER = "{ gold }";
export const QUERY = "query Plot($id: ID!) { plot(id: $id) }";
export const hashOf = (text: string): string => createHash("sha256").update(text).digest("hex");
/** An operation that could be registered. */
export const operation = (changes = {}) => ({
  agency: "bureau",
  hash: hashOf(QUERY),
  name: "Plot",
  text: QUERY,
  ...changes,
});

/** An operation of this text, with its hash. */
export const sealed = (text: string) => operation({ text, hash: hashOf(text) });

/** Tries every case: its code is given, one sentence, and every row of the registry is as it was. */
export function refusesAll(cases: readonly RefusalCase[]): void {
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
      await registerSystem(db, by("op"), {
        id: "stopped-desk",
        agency: "stopped-agency",
        name: "S",
      });
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

    test.each(cases)("%s: REGISTRY_%s", async (_what, code, attempt) => {
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
}

async function grants(registry: TestRegistry) {
  const { db } = registry;
  await registerSystem(db, by("clerk"), { id: "vacant", agency: "bureau", name: "Vacant" });
  const live = await askFor(registry);
  await approveOpen(db, by("head-people"), { grant: live, scopes: ["people:name"] });
  await approveOpen(db, by("head-land"), { grant: live, scopes: ["land:plot"] });
  await askFor(registry, { limits: { linked: 1 } });
  await approveOpen(db, by("head-land"), { grant: live, scopes: ["land:plot"] });
  const pending = await requestGrant(db, by("both"), requestOf({ system: "counter" }));
  const census = { purpose: "CENSUS", scopes: ["people:name"] };
  const decided = await askFor(registry, { ...census, system: "counter" });
  await approveOpen(db, by("head-people"), { grant: decided, scopes: ["people:name"] });
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
