import { databaseServers } from "@truc/service/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { registerAgency } from "./agencies.ts";
import { directAction } from "./direct-action.ts";
import { registerPerson, setRoles } from "./people.ts";
import { registrySnapshot } from "./snapshot.ts";
import { resume, suspend } from "./status.ts";
import { addSystemKey, registerSystem } from "./systems.ts";
import { makeSystemKey } from "../system-key.ts";
import { findActiveSystem } from "../registry.ts";
import { askFor, by, startTestRegistry, type TestRegistry, approveOpen } from "./test-registry.ts";

describe.each(databaseServers())("people and what they run on $dialect", (server) => {
  let registry: TestRegistry;
  beforeEach(async () => {
    registry = await startTestRegistry(server);
  });
  afterEach(() => registry.close());

  const rolesOf = async (person: string): Promise<string[]> => {
    const rows = await registry.db.kysely
      .selectFrom("person_role")
      .selectAll()
      .where("person", "=", person)
      .execute();
    const names = rows.map(({ role, agency }): string =>
      agency === null ? role : `${role} ${agency}`,
    );
    return names.toSorted();
  };
  const platform = (role: "auditor" | "citizen") => ({ role, agency: null });
  const at = (role: "owner-admin" | "agency-admin", agency: string) => ({ role, agency });
  const systemFed = async (id: string) =>
    (await registrySnapshot(registry.db)).systems.find((system) => system.id === id)!;

  test("an operator gives an agency its first administrators; from then on the agency does", async () => {
    const { db } = registry;
    await registerAgency(db, by("op"), { id: "museum", name: "Museum" });
    await registerPerson(db, by("op"), {
      id: "curator",
      name: "Curator",
      roles: [at("owner-admin", "museum")],
    });
    await registerPerson(db, by("op"), { id: "deputy", name: "Deputy" });
    const deputy = { person: "deputy", roles: [at("owner-admin", "museum")] };
    await expect(setRoles(db, by("op"), deputy)).rejects.toMatchObject({
      extensions: { code: "REGISTRY_FORBIDDEN" },
    });
    await setRoles(db, by("curator"), deputy);
    expect(await rolesOf("deputy")).toEqual(["owner-admin museum"]);
    await setRoles(db, by("deputy"), { person: "curator", roles: [at("agency-admin", "museum")] });
    expect(await rolesOf("curator")).toEqual(["agency-admin museum"]);
    await setRoles(db, by("deputy"), { person: "curator", roles: [] });
    expect(await rolesOf("curator")).toEqual([]);
  });

  test("an administrator cannot take what is not her agency's to give", async () => {
    const { db } = registry;
    await expect(
      setRoles(db, by("head-land"), { person: "both", roles: [at("agency-admin", "bureau")] }),
    ).rejects.toMatchObject({ extensions: { code: "REGISTRY_FORBIDDEN" } });
    await setRoles(db, by("head-people"), {
      person: "both",
      roles: [at("agency-admin", "bureau")],
    });
    expect(await rolesOf("both")).toEqual(["agency-admin bureau"]);
  });

  test("roles are kept once each, and their change stands in the history", async () => {
    const { db } = registry;
    await setRoles(db, by("op", "Two offices."), {
      person: "auditor",
      roles: [platform("citizen"), platform("auditor"), platform("citizen")],
    });
    expect(await rolesOf("auditor")).toEqual(["auditor", "citizen"]);
    expect((await registry.lines(1))[0]).toEqual({
      person: "op",
      what: "set-roles",
      kind: "person",
      subject: "auditor",
      reason: "Two offices.",
      old: { roles: [platform("auditor")] },
      new: { roles: [platform("auditor"), platform("citizen")] },
    });
  });

  test("a suspended person loses her say at once, and her subjects are fed to routers", async () => {
    const { db } = registry;
    await db.kysely
      .insertInto("subject")
      .values([
        { subject: "s-2", person: "head-land", client: "desk" },
        { subject: "s-1", person: "head-land", client: "counter" },
        { subject: "s-3", person: "clerk", client: "desk" },
      ])
      .execute();
    const grant = await askFor(registry);
    await suspend(db, by("op"), { kind: "person", id: "head-land" });
    expect((await registrySnapshot(db)).suspendedSubjects).toEqual(["s-1", "s-2"]);
    const approval = () => approveOpen(db, by("head-land"), { grant, scopes: ["land:plot"] });
    await expect(approval()).rejects.toMatchObject({ extensions: { code: "REGISTRY_FORBIDDEN" } });
    await resume(db, by("op-2"), { kind: "person", id: "head-land" });
    expect((await registrySnapshot(db)).suspendedSubjects).toEqual([]);
    await approval();
  });

  test("a suspended agency stops its systems, and they go on when it does", async () => {
    const { db } = registry;
    await suspend(db, by("op"), { kind: "agency", id: "bureau" });
    expect((await systemFed("desk")).status).toBe("suspended");
    expect(await findActiveSystem(db, "desk")).toBeNull();
    await resume(db, by("op"), { kind: "agency", id: "bureau" });
    expect((await systemFed("desk")).status).toBe("active");
  });

  test("keys: several at once, each suspended by itself, a retired one never again anybody's", async () => {
    const { db } = registry;
    const { publicKey } = await makeSystemKey();
    const thumbprint = await addSystemKey(db, by("clerk"), { system: "desk", key: publicKey });
    const fed = async () => (await systemFed("desk")).keys.map((key) => key.thumbprint);
    expect(await fed()).toEqual([thumbprint, registry.deskKey.kid!].toSorted());
    await suspend(db, by("clerk"), { kind: "key", id: thumbprint });
    expect(await fed()).toEqual([registry.deskKey.kid]);
    await resume(db, by("clerk"), { kind: "key", id: thumbprint });
    await directAction(db, { action: "revoke", kind: "key", id: thumbprint, reason: "Lost." });
    expect(await fed()).toEqual([registry.deskKey.kid]);
    await expect(
      addSystemKey(db, by("stranger"), { system: "stranger-desk", key: publicKey }),
    ).rejects.toMatchObject({ extensions: { code: "REGISTRY_KEY_TAKEN" } });
  });

  test("an agency's administrator registers a system with its keys and ways back", async () => {
    const { db } = registry;
    const { publicKey } = await makeSystemKey();
    await registerSystem(db, by("clerk"), {
      id: "kiosk",
      agency: "bureau",
      name: "Kiosk",
      keys: [publicKey],
      dpop: true,
      redirectUris: ["https://bureau.example/back", "https://bureau.example/back"],
    });
    expect(await systemFed("kiosk")).toEqual({
      id: "kiosk",
      name: "Kiosk",
      agency: "bureau",
      status: "active",
      dpop: true,
      keys: [{ thumbprint: publicKey.kid, kid: publicKey.kid, jwk: publicKey }],
    });
    const uris = await db.kysely.selectFrom("system_redirect_uri").selectAll().execute();
    expect(uris).toEqual([{ system: "kiosk", uri: "https://bureau.example/back" }]);
  });

  test.each([
    ["agency", "bureau"],
    ["system", "desk"],
    ["person", "clerk"],
  ] as const)(
    "the operator's key suspends and resumes a %s, and the history says so",
    async (kind, id) => {
      const { db } = registry;
      await directAction(db, { action: "suspend", kind, id, reason: "Gateway down." });
      expect((await registry.lines(1))[0]).toEqual({
        person: "operator-key",
        what: "suspend",
        kind,
        subject: id,
        reason: "Gateway down.",
        old: { status: "active", suspendedBy: [] },
        new: { status: "suspended", suspendedBy: [":operator"] },
      });
      await directAction(db, { action: "resume", kind, id, reason: "Gateway up." });
      expect((await registry.lines(1))[0]).toMatchObject({
        what: "resume",
        new: { status: "active" },
      });
    },
  );

  test("the operator's key suspends and revokes a grant", async () => {
    const { db } = registry;
    const id = await askFor(registry);
    await approveOpen(db, by("head-land"), { grant: id, scopes: ["land:plot"] });
    await directAction(db, { action: "suspend", kind: "grant", id, reason: "Gateway down." });
    const fed = async () => (await registrySnapshot(db)).grants.map(({ status }) => status);
    expect(await fed()).toEqual(["suspended"]);
    await directAction(db, { action: "revoke", kind: "grant", id, reason: "Gateway down." });
    expect(await fed()).toEqual([]);
  });
});
