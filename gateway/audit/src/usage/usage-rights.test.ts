import { type Database, migrate, openDatabase } from "@truc/service";
import { createTestDatabase, databaseServers, type TestDatabase } from "@truc/service/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { migrations } from "../../migrations/index.ts";
import type { HeldRole } from "../authority/authority.ts";
import { ask, CONTEXT, keep, registryWith } from "./test-usage.ts";

let database: TestDatabase;
let db: Database;

beforeAll(async () => {
  const server = databaseServers().find(({ dialect }) => dialect === "postgres")!;
  database = await createTestDatabase(server);
  db = openDatabase(database.url, { maxConnections: 2 });
  await migrate(db, migrations);
});

afterAll(async () => {
  await db.close();
  await database.drop();
});

describe("who may see it", () => {
  const registry = registryWith("seen", ["boats:hull"]);
  const role = (name: string, agency: string | null = null): HeldRole[] => [{ role: name, agency }];
  const may: [string, HeldRole[], { grant: boolean; register: boolean }][] = [
    ["an auditor", role("auditor"), { grant: true, register: true }],
    ["an operator", role("operator"), { grant: true, register: true }],
    [
      "the administrator of the grant's agency",
      role("agency-admin", "harbour"),
      { grant: true, register: false },
    ],
    [
      "the administrator of another agency",
      role("agency-admin", "rescue"),
      { grant: false, register: false },
    ],
    [
      "the administrator of the scope's owner",
      role("owner-admin", "boats-owner"),
      { grant: true, register: true },
    ],
    [
      "the administrator of another owner",
      role("owner-admin", "crew-owner"),
      { grant: false, register: false },
    ],
    [
      "the agency's own administrator as an owner",
      role("owner-admin", "harbour"),
      { grant: false, register: false },
    ],
    ["a citizen", role("citizen"), { grant: false, register: false }],
    ["somebody without roles", [], { grant: false, register: false }],
  ];
  const forbidden = { extensions: { code: "AUDIT_FORBIDDEN" } };

  it.each(may)("%s", async (_, roles, { grant, register }) => {
    const one = ask(db, "grantUse", { grant: "seen" }, { registry, roles });
    await (grant
      ? expect(one).resolves.toMatchObject({ grant: "seen" })
      : expect(one).rejects.toMatchObject(forbidden));
    const other = ask(db, "registerUse", { register: "boats" }, { registry, roles });
    await (register
      ? expect(other).resolves.toMatchObject({ register: "boats" })
      : expect(other).rejects.toMatchObject(forbidden));
  });

  it("nobody, where no person asks", async () => {
    const asked = { registry, person: null };
    await expect(ask(db, "grantUse", { grant: "seen" }, asked)).rejects.toMatchObject(forbidden);
    await expect(ask(db, "registerUse", { register: "boats" }, asked)).rejects.toMatchObject(
      forbidden,
    );
  });

  it("nobody else learns whether there is a grant", async () => {
    const roles = role("agency-admin", "harbour");
    await expect(ask(db, "grantUse", { grant: "none" }, { registry, roles })).rejects.toMatchObject(
      forbidden,
    );
  });

  it("an ended grant: its agency, and the owners of what was read", async () => {
    const context = {
      ...CONTEXT,
      grant: "over",
      fields: { ...CONTEXT.fields, BASIC: ["Sailor.name"] },
    };
    await keep(db, [{ context, record: { time: Date.parse("2026-06-02"), bytes: 1 } }]);
    const seenBy = (name: string, agency: string) =>
      ask(db, "grantUse", { grant: "over" }, { roles: role(name, agency) });
    await expect(seenBy("agency-admin", "harbour")).resolves.toMatchObject({ live: false });
    await expect(seenBy("owner-admin", "crew-owner")).resolves.toMatchObject({ live: false });
    await expect(seenBy("owner-admin", "boats-owner")).rejects.toMatchObject(forbidden);
  });
});
