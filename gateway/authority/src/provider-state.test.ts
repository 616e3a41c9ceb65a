import { type Database, migrate, openDatabase } from "@truc/service";
import { createTestDatabase, databaseServers } from "@truc/service/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { migrations } from "../migrations/index.ts";
import { providerState, removeExpiredState } from "./provider-state.ts";
import { epochSeconds } from "./signing-keys.ts";
import { tablesOf } from "./tables.ts";

describe.each(databaseServers())("on $dialect", (server) => {
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  let db: Database;
  beforeAll(async () => {
    database = await createTestDatabase(server);
    db = openDatabase(database.url, { maxConnections: 4 });
    await migrate(db, migrations);
  });
  afterAll(async () => {
    await db.close();
    await database.drop();
  });

  async function expire(id: string): Promise<void> {
    await tablesOf(db)
      .updateTable("provider_state")
      .set({ expires_at: epochSeconds() - 1 })
      .where("id", "=", id)
      .execute();
  }

  test("what is stored is found again, by any of its names, and replaced", async () => {
    const sessions = providerState(db, "Session");
    await sessions.upsert("s1", { uid: "u1", iat: 1 }, 60);
    await sessions.upsert("s1", { uid: "u2", iat: 2 }, 60);
    expect(await sessions.find("s1")).toEqual({ uid: "u2", iat: 2 });
    expect(await sessions.findByUid("u2")).toEqual({ uid: "u2", iat: 2 });
    expect(await sessions.findByUid("u1")).toBeUndefined();
    const codes = providerState(db, "DeviceCode");
    await codes.upsert("d1", { userCode: "ABCD", iat: 3 });
    expect(await codes.findByUserCode("ABCD")).toEqual({ userCode: "ABCD", iat: 3 });
    await sessions.destroy("s1");
    expect(await sessions.find("s1")).toBeUndefined();
  });

  test("models do not see each other's", async () => {
    await providerState(db, "Interaction").upsert("i1", { iat: 1 }, 60);
    expect(await providerState(db, "Grant").find("i1")).toBeUndefined();
  });

  test("what is consumed says when", async () => {
    const codes = providerState(db, "AuthorizationCode");
    await codes.upsert("c1", { iat: 1 }, 60);
    await codes.consume("c1");
    expect(await codes.find("c1")).toEqual({ iat: 1, consumed: expect.any(Number) });
  });

  test("what hangs on one consent goes at once", async () => {
    const codes = providerState(db, "AuthorizationCode");
    const tokens = providerState(db, "RefreshToken");
    await codes.upsert("c2", { grantId: "g" }, 60);
    await tokens.upsert("r2", { grantId: "g" }, 60);
    await tokens.upsert("r3", { grantId: "h" }, 60);
    await codes.revokeByGrantId("g");
    expect([await codes.find("c2"), await tokens.find("r2"), await tokens.find("r3")]).toEqual([
      undefined,
      undefined,
      { grantId: "h" },
    ]);
  });

  test("what has expired is not found, and removed", async () => {
    const sessions = providerState(db, "Session");
    await sessions.upsert("s2", { uid: "u9" }, 60);
    await sessions.upsert("s3", { uid: "u8" }, 60);
    await expire("s2");
    expect([await sessions.find("s2"), await sessions.findByUid("u9")]).toEqual([
      undefined,
      undefined,
    ]);
    expect(await removeExpiredState(db)).toBe(1);
    expect(await sessions.find("s3")).toEqual({ uid: "u8" });
  });

  test("an assertion's id is accepted once, also when it comes several times at once", async () => {
    const guard = providerState(db, "ReplayDetection");
    const outcomes = await Promise.allSettled(
      Array.from({ length: 6 }, () => guard.upsert("a1", { iss: "x" }, 60)),
    );
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    await expect(guard.upsert("a1", { iss: "x" }, 60)).rejects.toMatchObject({
      error: "invalid_client",
    });
  });

  test("an id whose assertion has expired may be used again", async () => {
    const guard = providerState(db, "ReplayDetection");
    await guard.upsert("a2", { iss: "x" }, 60);
    await expire("a2");
    await guard.upsert("a2", { iss: "x" }, 60);
    await expect(guard.upsert("a2", { iss: "x" }, 60)).rejects.toMatchObject({
      error: "invalid_client",
    });
  });
});
