import { databaseServers } from "@truc/service/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { makeSystemKey } from "../system-key.ts";
import { registerAgency } from "./agencies.ts";
import { directAction } from "./direct-action.ts";
import { registerPerson, setRoles } from "./people.ts";
import { confirmRoles, rejectRoles } from "./role-proposals.ts";
import { resume, suspend } from "./status.ts";
import { addSystemKey, registerSystem, retireSystemKey } from "./systems.ts";
import { by, startTestRegistry, type TestRegistry } from "./test-registry.ts";

const at = (role: "owner-admin" | "agency-admin", agency: string) => ({ role, agency });
const platform = (role: "operator" | "auditor" | "citizen") => ({ role, agency: null });

/** What an operator does not get by herself, and what two of them do. */
describe.each(databaseServers())("operators on $dialect", (server) => {
  let registry: TestRegistry;
  beforeEach(async () => {
    registry = await startTestRegistry(server);
    // Whom an operator might put forward: she could sign in as either.
    for (const id of ["puppet", "puppet-2"])
      await registerPerson(registry.db, by("op"), { id, name: "Puppet" });
  });
  afterEach(() => registry.close());

  const rolesOf = async (person: string): Promise<string[]> => {
    const rows = await registry.db.kysely
      .selectFrom("person_role")
      .selectAll()
      .where("person", "=", person)
      .execute();
    return rows
      .map(({ role, agency }): string => (agency === null ? role : `${role} ${agency}`))
      .toSorted();
  };
  const proposalOf = async (person: string): Promise<string | undefined> => {
    const row = await registry.db.kysely
      .selectFrom("role_proposal")
      .select("id")
      .where("person", "=", person)
      .executeTakeFirst();
    return row?.id as string | undefined;
  };
  /** Refused with the code, and every row of the registry as it was. */
  const refused = async (code: string, attempt: () => Promise<unknown>): Promise<void> => {
    const before = await registry.dump();
    await expect(attempt()).rejects.toMatchObject({ extensions: { code: `REGISTRY_${code}` } });
    expect(await registry.dump()).toEqual(before);
  };
  const confirm = async (operator: string, person: string): Promise<void> =>
    confirmRoles(registry.db, by(operator), { person, proposal: (await proposalOf(person))! });
  const suspendPerson = (id: string) => suspend(registry.db, by("op"), { kind: "person", id });

  describe("alone", () => {
    test("add no key to a system of an agency that has an administrator, and register none for it", async () => {
      const { db } = registry;
      const { publicKey: key } = await makeSystemKey();
      const system = { id: "mine", agency: "bureau", name: "Mine", keys: [key] };
      await refused("FORBIDDEN", () => addSystemKey(db, by("op"), { system: "desk", key }));
      await refused("FORBIDDEN", () => registerSystem(db, by("op"), system));
    });

    test("nor when its administrators are suspended, or their roles are gone", async () => {
      const { db } = registry;
      const { publicKey: key } = await makeSystemKey();
      const system = { id: "mine", agency: "bureau", name: "Mine", keys: [key] };
      await suspendPerson("clerk");
      await suspendPerson("both");
      await refused("FORBIDDEN", () => addSystemKey(db, by("op"), { system: "desk", key }));
      for (const person of ["clerk", "both"]) {
        await setRoles(db, by("op"), { person, roles: [] });
        await confirm("op-2", person);
      }
      expect(await rolesOf("clerk")).toEqual([]);
      await refused("FORBIDDEN", () => addSystemKey(db, by("op"), { system: "desk", key }));
      await refused("FORBIDDEN", () => registerSystem(db, by("op"), system));
    });

    test("suspend and retire keys all the same, also with the operator's key", async () => {
      const { db } = registry;
      const id = registry.deskKey.kid!;
      await suspend(db, by("op"), { kind: "key", id });
      await resume(db, by("op"), { kind: "key", id });
      await retireSystemKey(db, by("op"), id);
      const { publicKey } = await makeSystemKey();
      const next = await addSystemKey(db, by("clerk"), { system: "desk", key: publicKey });
      await directAction(db, { action: "revoke", kind: "key", id: next, reason: "Lost." });
    });

    test("name nobody in place of an owner's administrator whom they have suspended", async () => {
      const { db } = registry;
      await suspendPerson("head-land");
      await refused("SECOND_OPERATOR", () =>
        registerPerson(db, by("op"), {
          id: "acting",
          name: "Acting head",
          roles: [at("owner-admin", "land-office")],
        }),
      );
      await setRoles(db, by("op"), { person: "puppet", roles: [at("owner-admin", "land-office")] });
      expect(await rolesOf("puppet")).toEqual([]);
    });

    test("take no administrator's role away, and so make no room for another", async () => {
      const { db } = registry;
      await setRoles(db, by("op"), { person: "head-land", roles: [] });
      expect(await rolesOf("head-land")).toEqual(["owner-admin land-office"]);
      await refused("FORBIDDEN", () =>
        setRoles(db, by("op"), { person: "puppet", roles: [at("owner-admin", "land-office")] }),
      );
    });

    test("get at no agency by naming an owner's administrator where there were only others", async () => {
      const { db } = registry;
      // Nobody was ever `owner-admin` of the bureau: she could name its next administrators, and they add keys.
      await setRoles(db, by("op"), { person: "puppet", roles: [at("owner-admin", "bureau")] });
      expect(await rolesOf("puppet")).toEqual([]);
      await refused("SECOND_OPERATOR", () =>
        registerPerson(db, by("op"), {
          id: "third",
          name: "Third",
          roles: [at("owner-admin", "bureau")],
        }),
      );
    });

    test("make no second operator", async () => {
      const { db } = registry;
      await refused("SECOND_OPERATOR", () =>
        registerPerson(db, by("op"), { id: "third", name: "Third", roles: [platform("operator")] }),
      );
      await setRoles(db, by("op"), { person: "puppet", roles: [platform("operator")] });
      expect(await rolesOf("puppet")).toEqual([]);
      await refused("FORBIDDEN", () => confirm("puppet", "puppet"));
    });

    test("confirm nothing of their own, nothing about themselves, and nothing when they are no operators", async () => {
      const { db } = registry;
      await suspendPerson("head-land");
      const roles = [at("owner-admin", "land-office")];
      await setRoles(db, by("op"), { person: "puppet", roles });
      await refused("SECOND_OPERATOR", () => confirm("op", "puppet"));
      for (const person of ["clerk", "auditor", "head-people", "puppet-2"])
        await refused("FORBIDDEN", () => confirm(person, "puppet"));
      await refused("FORBIDDEN", () => confirm("head-land", "puppet"));
      await refused("OWN_ROLES", () =>
        setRoles(db, by("op"), { person: "op", roles: [platform("operator"), ...roles] }),
      );
      await setRoles(db, by("op"), { person: "op-2", roles: [platform("operator"), ...roles] });
      await refused("OWN_ROLES", () => confirm("op-2", "op-2"));
      await refused("SECOND_OPERATOR", () => confirm("op", "op-2"));
    });
  });

  describe("two of them", () => {
    test("name an administrator where none is left, and the history has every step", async () => {
      const { db } = registry;
      await suspendPerson("head-land");
      const roles = [at("owner-admin", "land-office")];
      await setRoles(db, by("op", "She is ill."), { person: "puppet", roles });
      const proposal = (await proposalOf("puppet"))!;
      await confirmRoles(db, by("op-2", "So I hear."), { person: "puppet", proposal });
      expect(await rolesOf("puppet")).toEqual(["owner-admin land-office"]);
      expect(await proposalOf("puppet")).toBeUndefined();
      expect(await registry.lines(2)).toEqual([
        {
          person: "op-2",
          what: "confirm-roles",
          kind: "person",
          subject: "puppet",
          reason: "So I hear.",
          old: { roles: [] },
          new: { roles, proposal, proposedBy: "op" },
        },
        {
          person: "op",
          what: "propose-roles",
          kind: "person",
          subject: "puppet",
          reason: "She is ill.",
          old: { roles: [] },
          new: { proposal, roles },
        },
      ]);
    });

    test("confirm what was looked at: a proposal put in its place is another", async () => {
      const { db } = registry;
      await suspendPerson("head-land");
      await suspendPerson("stranger");
      await setRoles(db, by("op"), { person: "puppet", roles: [at("agency-admin", "elsewhere")] });
      const seen = { person: "puppet", proposal: (await proposalOf("puppet"))! };
      await setRoles(db, by("op"), { person: "puppet", roles: [at("owner-admin", "land-office")] });
      await refused("REQUEST_CHANGED", () => confirmRoles(db, by("op-2"), seen));
      await refused("REQUEST_CHANGED", () =>
        confirmRoles(db, by("op-2"), { person: "puppet-2", proposal: seen.proposal }),
      );
    });

    test("name nobody once an administrator is back, or the first is no operator any more", async () => {
      const { db } = registry;
      await suspendPerson("head-land");
      await setRoles(db, by("op"), { person: "puppet", roles: [at("owner-admin", "land-office")] });
      await resume(db, by("op"), { kind: "person", id: "head-land" });
      await refused("FORBIDDEN", () => confirm("op-2", "puppet"));
      await suspend(db, by("op-2"), { kind: "person", id: "head-land" });
      await suspend(db, by("op-2"), { kind: "person", id: "op" });
      await refused("FORBIDDEN", () => confirm("op-2", "puppet"));
    });

    test("name nobody whose roles have changed meanwhile, and roles set at once drop a proposal", async () => {
      const { db } = registry;
      await suspendPerson("head-land");
      await setRoles(db, by("op"), { person: "puppet", roles: [at("owner-admin", "land-office")] });
      const proposal = (await proposalOf("puppet"))!;
      await setRoles(db, by("op"), { person: "puppet", roles: [platform("auditor")] });
      await refused("REQUEST_CHANGED", () =>
        confirmRoles(db, by("op-2"), { person: "puppet", proposal }),
      );
    });

    test("drop what is proposed, the first as well as the second", async () => {
      const { db } = registry;
      await setRoles(db, by("op"), { person: "head-land", roles: [] });
      const proposal = (await proposalOf("head-land"))!;
      await refused("FORBIDDEN", () =>
        rejectRoles(db, by("head-people"), { person: "head-land", proposal }),
      );
      await rejectRoles(db, by("op"), { person: "head-land", proposal });
      expect((await registry.lines(1))[0]).toMatchObject({
        what: "reject-roles",
        old: { proposal, roles: [], proposedBy: "op" },
        new: null,
      });
      await refused("REQUEST_CHANGED", () =>
        confirmRoles(db, by("op-2"), { person: "head-land", proposal }),
      );
    });

    test("make a third", async () => {
      const { db } = registry;
      await setRoles(db, by("op"), { person: "puppet", roles: [platform("operator")] });
      await confirm("op-2", "puppet");
      expect(await rolesOf("puppet")).toEqual(["operator"]);
    });
  });

  test("an agency that never had an administrator gets its system, key and first one from an operator", async () => {
    const { db } = registry;
    const { publicKey } = await makeSystemKey();
    const { publicKey: another } = await makeSystemKey();
    await registerAgency(db, by("op"), { id: "museum", name: "Museum" });
    const system = { id: "hall", agency: "museum", name: "Hall", keys: [publicKey] };
    await registerSystem(db, by("op"), system);
    await addSystemKey(db, by("op"), { system: "hall", key: another });
    // Roles that are only proposed are nobody's.
    await setRoles(db, by("op"), {
      person: "puppet",
      roles: [platform("operator"), at("owner-admin", "museum")],
    });
    const roles = [at("agency-admin", "museum"), at("owner-admin", "museum")];
    await setRoles(db, by("op"), { person: "puppet-2", roles });
    expect(await rolesOf("puppet-2")).toEqual(["agency-admin museum", "owner-admin museum"]);
    await refused("FORBIDDEN", () =>
      addSystemKey(db, by("op"), { system: "hall", key: publicKey }),
    );
  });
});
