import { type Database, migrate, openDatabase } from "@truc/service";
import { createTestDatabase, databaseServers, type TestDatabase } from "@truc/service/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { cardRow, fill, profileRow } from "../src/register-fixture.ts";
import { migrations } from "./index.ts";

describe.each(databaseServers())("migrations on $dialect", (server) => {
  let database: TestDatabase;
  let db: Database;
  beforeEach(async () => {
    database = await createTestDatabase(server);
    db = openDatabase(database.url, { maxConnections: 2 });
  });
  afterEach(async () => {
    await db.close();
    await database.drop();
  });

  const applied = async () => {
    const rows = await db.kysely
      .selectFrom("kysely_migration")
      .select(["name", "timestamp"])
      .orderBy("name")
      .execute();
    return rows.map(({ name, timestamp }) => `${name} ${timestamp}`);
  };

  test("a second run changes nothing", async () => {
    await migrate(db, migrations);
    const first = await applied();
    expect(first.map((line) => line.split(" ")[0])).toEqual(Object.keys(migrations));
    await migrate(db, migrations);
    expect(await applied()).toEqual(first);
  });

  test("a database of version 1 moves on with its rows", async () => {
    await migrate(db, { "0001-initial": migrations["0001-initial"]! });
    await fill(db, {
      profile: [profileRow(1)],
      contribution: [],
      benefit: [],
      health_card: [cardRow("DN4", 1)],
    });
    const [before] = await applied();
    await migrate(db, migrations);
    expect((await applied())[0]).toBe(before);
    expect(await applied()).toHaveLength(Object.keys(migrations).length);
    expect(await db.kysely.selectFrom("health_card").select("pin").execute()).toEqual([
      { pin: profileRow(1)["pin"] },
    ]);
  });

  test("nothing on file belongs to nobody, and a former number to one person", async () => {
    await migrate(db, migrations);
    await db.kysely.insertInto("profile").values(profileRow(1)).execute();
    await expect(
      db.kysely.insertInto("health_card").values(cardRow("DN4", 2)).execute(),
    ).rejects.toThrow(/foreign key/i);
    const { social_insurance_number } = profileRow(1);
    await expect(
      db.kysely.insertInto("profile").values(profileRow(2, { social_insurance_number })).execute(),
    ).rejects.toThrow(/duplicate/i);
  });
});
