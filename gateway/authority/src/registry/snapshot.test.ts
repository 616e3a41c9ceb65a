import { RegistrySnapshot, UNLIMITED } from "@truc/contracts";
import { migrate, openDatabase } from "@truc/service";
import { createTestDatabase, databaseServers } from "@truc/service/testing";
import { describe, expect, test } from "vitest";
import { migrations } from "../../migrations/index.ts";
import { findLiveGrant } from "../registry.ts";
import { tablesOf } from "../tables.ts";
import { registrySnapshot } from "./snapshot.ts";
import { registerSystem } from "./systems.ts";
import { askFor, by, startTestRegistry, approveOpen } from "./test-registry.ts";

/** As rows hold them that are older than the demand for receipts. */
const TERMS_BEFORE_RECEIPTS = {
  provinces: null,
  subjects: "any",
  search: true,
  linked: 3,
  budget: { requestsPerSecond: 100, costPerMinute: 1_000_000 },
  operations: "any",
  demandsActor: false,
  demandsCase: true,
};

describe.each(databaseServers())("the snapshot on $dialect", (server) => {
  test("is what routers agreed to read, in as many statements however much is registered", async () => {
    const registry = await startTestRegistry(server);
    const { db } = registry;
    let statements = 0;
    const read = async () => {
      statements = 0;
      db.onStatement = (sql) => {
        if (/^\s*select/i.test(sql)) statements += 1;
      };
      const snapshot = await registrySnapshot(db);
      db.onStatement = undefined;
      expect(RegistrySnapshot.parse(snapshot)).toEqual(snapshot);
      return snapshot;
    };
    const before = await read();
    expect(before.systems.map(({ id, name }) => [id, name])).toEqual([
      ["counter", "Counter"],
      ["desk", "Desk"],
      ["stranger-desk", "Desk elsewhere"],
    ]);
    expect(before).toMatchObject({
      revision: 1,
      agencies: [
        { id: "bureau", name: "Bureau" },
        { id: "elsewhere", name: "Elsewhere" },
        { id: "land-office", name: "Land Office" },
        { id: "operator", name: "Operator" },
        { id: "people-office", name: "People Office" },
      ],
      scopes: [
        { name: "land:debt", owner: "land-office" },
        { name: "land:plot", owner: "land-office" },
        { name: "people:home", owner: "people-office" },
        { name: "people:name", owner: "people-office" },
        { name: "platform:grants", owner: "operator" },
      ],
      purposes: [
        {
          code: "CENSUS",
          text: "Counting people.",
          legalBasis: "The law on counting",
          ceiling: ["people:name"],
          disclosureDelayDays: 30,
        },
        {
          code: "SALE",
          text: "Selling plots.",
          legalBasis: "The law on plots",
          ceiling: ["land:plot", "people:home", "people:name"],
          disclosureDelayDays: 0,
        },
      ],
      grants: [],
      operations: [],
      suspendedSubjects: [],
    });
    const needed = statements;
    expect(needed).toBe(12);
    for (let number = 0; number < 5; number++) {
      const system = `system-${number}`;
      await registerSystem(db, by("clerk"), { id: system, agency: "bureau", name: "System" });
      const grant = await askFor(registry, { system });
      await approveOpen(db, by("head-land"), { grant, scopes: ["land:plot"] });
    }
    const after = await read();
    expect([after.grants.length, after.revision]).toEqual([5, 16]);
    expect(statements).toBe(needed);
    await registry.close();
  });

  test("grants of before there were decisions and terms count as approved, without limits", async () => {
    const database = await createTestDatabase(server);
    const db = openDatabase(database.url, { maxConnections: 1 });
    const { "0001-initial": initial, "0002-people": people } = migrations;
    await migrate(db, { "0001-initial": initial, "0002-people": people });
    const { kysely } = db;
    await kysely
      .insertInto("agency")
      .values({ id: "bureau", name: "Bureau", status: "active" })
      .execute();
    await kysely
      .insertInto("scope")
      .values({ name: "land:plot", owner: "bureau", description: "Plots." })
      .execute();
    await kysely
      .insertInto("purpose")
      .values({ code: "SALE", text: "Selling.", legal_basis: "A law" })
      .execute();
    await kysely
      .insertInto("purpose_scope")
      .values({ purpose: "SALE", scope: "land:plot" })
      .execute();
    await kysely
      .insertInto("system")
      .values({ id: "desk", agency: "bureau", name: "Desk", status: "active" })
      .execute();
    const dates = { valid_from: "2026-01-01", valid_until: "2027-12-31" };
    await kysely
      .insertInto("grant_")
      .values({ id: "old", system: "desk", purpose: "SALE", status: "active", live: 1, ...dates })
      .execute();
    await kysely
      .insertInto("grant_scope")
      .values({ grant_id: "old", scope: "land:plot" })
      .execute();
    await migrate(db, migrations);
    expect((await registrySnapshot(db)).grants[0]).toMatchObject({ demandsReceipt: false });
    await tablesOf(db)
      .updateTable("grant_")
      .set({ terms: JSON.stringify(TERMS_BEFORE_RECEIPTS) })
      .execute();
    const { grants } = await registrySnapshot(db);
    expect(grants).toMatchObject([
      {
        id: "old",
        status: "active",
        scopes: ["land:plot"],
        limits: UNLIMITED,
        operations: "any",
        demandsCase: true,
        demandsReceipt: false,
      },
    ]);
    expect(await findLiveGrant(db, "desk", "SALE", "2026-11-22")).toMatchObject({
      scopes: ["land:plot"],
    });
    await db.close();
    await database.drop();
  });
});
