import { openDatabase, type Database } from "@truc/service";
import { databaseServers } from "@truc/service/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { amendGrant } from "./amend-grant.ts";
import { revokeGrant } from "./end-grant.ts";
import { requestGrant } from "./request-grant.ts";
import { registrySnapshot } from "./snapshot.ts";
import { suspend } from "./status.ts";
import {
  askFor,
  by,
  requestOf,
  startTestRegistry,
  type TestRegistry,
  approveOpen,
} from "./test-registry.ts";

/** How often each race is run: who comes first is for the database to say. */
const ROUNDS = 5;

describe.each(databaseServers())("changes at the same time on $dialect", (server) => {
  let registry: TestRegistry;
  let connections: Database[];
  beforeEach(async () => {
    registry = await startTestRegistry(server);
    // A pool of one connection each: whoever changes something has a transaction of her own.
    connections = Array.from({ length: 4 }, () =>
      openDatabase(registry.url, { maxConnections: 1 }),
    );
    await Promise.all(connections.map((db) => db.ping()));
  });
  afterEach(async () => {
    await Promise.all(connections.map((db) => db.close()));
    await registry.close();
  });

  /** Runs changes at once, each on a connection of its own. @returns each one's code, or "done" */
  async function atOnce(...changes: ((db: Database) => Promise<unknown>)[]): Promise<string[]> {
    return await Promise.all(
      changes.map(async (change, index) => {
        try {
          await change(connections[index]!);
          return "done";
        } catch (error) {
          return (error as { extensions: { code: string } }).extensions.code;
        }
      }),
    );
  }
  const linesOf = async (id: string): Promise<string[]> => {
    const rows = await registry.db.kysely
      .selectFrom("history")
      .select("what")
      .where("subject", "=", id)
      .orderBy("revision")
      .execute();
    return rows.map(({ what }) => what);
  };
  const fed = async (id: string) =>
    (await registrySnapshot(registry.db)).grants.find((grant) => grant.id === id);
  const approve = (person: string, grant: string, scope: string) => (db: Database) =>
    approveOpen(db, by(person), { grant, scopes: [scope] });
  const newGrant = async (round: number, changes = {}): Promise<string> => {
    if (round > 0) {
      const [last] = (await registrySnapshot(registry.db)).grants;
      if (last !== undefined) await revokeGrant(registry.db, by("op"), last.id);
    }
    return await askFor(registry, changes);
  };

  test("two transactions do run at once: one waits for the other's lock", async () => {
    const [one, other] = connections as [Database, Database];
    const order: string[] = [];
    let waiting: Promise<unknown> | undefined;
    await one.kysely.transaction().execute(async (tx) => {
      await tx.selectFrom("registry_revision").selectAll().forUpdate().execute();
      waiting = requestGrant(other, by("clerk"), requestOf()).then(() => order.push("second"));
      // The other transaction is under way, and cannot get on. InnoDB shows its transactions out of a cache that it renews
      // only when nobody has looked for a tenth of a second: who looks more often sees the same for ever.
      await expect
        .poll(async () => (await waitingFor(registry.db, server.dialect)) > 0, {
          timeout: 10_000,
          interval: 250,
        })
        .toBe(true);
      order.push("first");
    });
    await waiting;
    expect(order).toEqual(["first", "second"]);
  });

  test("two owners approve different scopes: both count, each once", async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const id = await newGrant(round);
      const before = await registry.revision();
      expect(
        await atOnce(
          approve("head-people", id, "people:name"),
          approve("head-land", id, "land:plot"),
        ),
      ).toEqual(["done", "done"]);
      expect(await fed(id)).toMatchObject({
        status: "active",
        scopes: ["land:plot", "people:name"],
      });
      expect(await linesOf(id)).toEqual(["request", "approve", "approve"]);
      expect(await registry.revision()).toBe(before + 2);
    }
  });

  test("two owners agree to new terms: they take effect once, and are not lost", async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const id = await newGrant(round);
      await approve("head-people", id, "people:name")(registry.db);
      await approve("head-land", id, "land:plot")(registry.db);
      await askFor(registry, { scopes: ["people:home"], limits: { linked: 2 } });
      expect(
        await atOnce(
          (db) =>
            approveOpen(db, by("head-people"), {
              grant: id,
              scopes: ["people:name", "people:home"],
            }),
          approve("head-land", id, "land:plot"),
        ),
      ).toEqual(["done", "done"]);
      expect(await fed(id)).toMatchObject({
        scopes: ["land:plot", "people:home", "people:name"],
        limits: { linked: 2 },
      });
    }
  });

  test("the same approval four times: one holds", async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const id = await newGrant(round);
      const outcomes = await atOnce(
        ...Array.from({ length: 4 }, () => approve("head-land", id, "land:plot")),
      );
      expect(outcomes.toSorted()).toEqual([
        "REGISTRY_SCOPE_NOT_PENDING",
        "REGISTRY_SCOPE_NOT_PENDING",
        "REGISTRY_SCOPE_NOT_PENDING",
        "done",
      ]);
      expect(await linesOf(id)).toEqual(["request", "approve"]);
    }
  });

  test("approving races revoking: whichever comes last, the grant is revoked", async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const id = await newGrant(round);
      await approve("head-land", id, "land:plot")(registry.db);
      const [approved, revoked] = await atOnce(approve("head-people", id, "people:name"), (db) =>
        revokeGrant(db, by("head-land"), id),
      );
      expect(revoked).toBe("done");
      expect(await fed(id)).toBeUndefined();
      expect(await linesOf(id)).toEqual(
        approved === "done"
          ? ["request", "approve", "approve", "revoke"]
          : ["request", "approve", "revoke"],
      );
      if (approved !== "done") expect(approved).toBe("REGISTRY_GRANT_STATE");
    }
  });

  test("four requests for one system and purpose: one live grant", async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const ids = await newGrant(round).then((id) => [id]);
      await approve("head-land", ids[0]!, "land:plot")(registry.db);
      await revokeGrant(registry.db, by("op"), ids[0]!);
      const outcomes = await atOnce(
        ...Array.from(
          { length: 4 },
          () => (db: Database) => requestGrant(db, by("clerk"), requestOf()),
        ),
      );
      expect(outcomes.toSorted()).toEqual([
        "REGISTRY_REQUEST_PENDING",
        "REGISTRY_REQUEST_PENDING",
        "REGISTRY_REQUEST_PENDING",
        "done",
      ]);
      const live = await registry.db.kysely
        .selectFrom("grant_")
        .select(["id", "status"])
        .where("live", "=", 1)
        .execute();
      expect(live).toEqual([{ id: expect.any(String), status: "requested" }]);
      expect(await linesOf((live[0] as { id: string }).id)).toEqual(["request"]);
      await approve("head-land", (live[0] as { id: string }).id, "land:plot")(registry.db);
    }
  });

  test("narrowing races the last word on wider terms: the narrowing is never lost", async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const id = await newGrant(round);
      await approve("head-people", id, "people:name")(registry.db);
      await approve("head-land", id, "land:plot")(registry.db);
      await askFor(registry, { limits: { search: true } });
      await approve("head-people", id, "people:name")(registry.db);
      const [approved, narrowed] = await atOnce(approve("head-land", id, "land:plot"), (db) =>
        amendGrant(db, by("head-people"), { grant: id, limits: { subjects: "self" } }),
      );
      expect(narrowed).toBe("done");
      expect((await fed(id))!.limits).toEqual({
        subjects: "self",
        search: approved === "done",
        linked: 0,
      });
    }
  });

  test("two owners and an operator suspend at once: each of them has", async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const id = await newGrant(round);
      await approve("head-people", id, "people:name")(registry.db);
      await approve("head-land", id, "land:plot")(registry.db);
      const target = { kind: "grant" as const, id };
      const outcomes = await atOnce(
        (db) => suspend(db, by("head-people"), target),
        (db) => suspend(db, by("head-land"), target),
        (db) => suspend(db, by("op"), target),
        (db) => suspend(db, by("op-2"), target),
      );
      expect(outcomes.slice(0, 2)).toEqual(["done", "done"]);
      expect(outcomes.slice(2).toSorted()).toEqual(["REGISTRY_STATE", "done"]);
      const parties = await registry.db.kysely
        .selectFrom("suspension")
        .select("party")
        .where("id", "=", id)
        .orderBy("party")
        .execute();
      expect(parties.map(({ party }) => party)).toEqual([
        ":operator",
        "land-office",
        "people-office",
      ]);
    }
  });
});

/** How many transactions wait for another's lock. */
async function waitingFor(db: Database, dialect: string): Promise<number> {
  const query =
    dialect === "postgres"
      ? db.kysely
          .selectFrom("pg_stat_activity")
          .select("pid")
          .where("wait_event_type", "=", "Lock")
          .where("datname", "=", db.kysely.fn("current_database"))
      : db.kysely
          .selectFrom("information_schema.innodb_trx")
          .select("trx_id")
          .where("trx_state", "=", "LOCK WAIT");
  return (await query.execute()).length;
}
