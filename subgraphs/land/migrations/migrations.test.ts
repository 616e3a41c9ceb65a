import { type Database, migrate, openDatabase } from "@truc/service";
import { createTestDatabase, databaseServers, type TestDatabase } from "@truc/service/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { migrations } from "./index.ts";

describe.each(databaseServers())("land register's schema on $dialect", (server) => {
  let database: TestDatabase;
  let db: Database;

  beforeEach(async () => {
    database = await createTestDatabase(server);
    db = openDatabase(database.url);
  });
  afterEach(async () => {
    await db?.close();
    await database?.drop();
  });

  const applied = async (): Promise<string[]> => {
    const rows = await db.kysely
      .selectFrom("kysely_migration")
      .select("name")
      .orderBy("name")
      .execute();
    return rows.map(({ name }) => name);
  };
  const editions = () =>
    db.kysely
      .selectFrom("land_use_type")
      .select(["edition", "in_force_from", "in_force_to"])
      .distinct()
      .orderBy("edition")
      .execute();

  test("a second run changes nothing", async () => {
    await migrate(db, migrations);
    const before = [await applied(), await editions()];
    const statements: string[] = [];
    db.onStatement = (sql) => statements.push(sql);
    await migrate(db, migrations);
    db.onStatement = undefined;
    expect(
      statements.filter((sql) => /land_use_type|create (table|index).*parcel/i.test(sql)),
    ).toEqual([]);
    expect([await applied(), await editions()]).toEqual(before);
    expect(before[0]).toEqual(Object.keys(migrations));
  });

  test("version 1 moves on with its rows: what was recorded under the earlier list keeps it", async () => {
    await migrate(db, { "0001-initial": migrations["0001-initial"]! });
    expect(await editions()).toEqual([
      { edition: 2014, in_force_from: "2014-07-01", in_force_to: null },
    ]);
    await db.kysely
      .insertInto("parcel")
      .values({
        id: "00001-1-1",
        sheet: 1,
        number: 1,
        place_commune: "00001",
        place_as_of: "2016-01-01",
        place_line: "Thôn 1",
        current_commune: "00004",
        province: "01",
        area: 10.5,
        origin: "Công nhận quyền sử dụng đất",
        geometry: "{}",
      })
      .execute();
    await db.kysely
      .insertInto("parcel_use")
      .values({
        parcel_id: "00001-1-1",
        province: "01",
        position: 0,
        edition: 2014,
        code: "SKX",
        area: 10.5,
        term: "LONG_TERM",
      })
      .execute();

    await migrate(db, migrations);

    expect(await editions()).toEqual([
      { edition: 2014, in_force_from: "2014-07-01", in_force_to: "2024-08-01" },
      { edition: 2024, in_force_from: "2024-08-01", in_force_to: null },
    ]);
    const uses = await db.kysely
      .selectFrom("parcel_use")
      .select(["parcel_id", "edition", "code", "area"])
      .execute();
    expect(uses).toEqual([{ parcel_id: "00001-1-1", edition: 2014, code: "SKX", area: 10.5 }]);
  });

  test("a use of a type that its list does not have is refused", async () => {
    await migrate(db, migrations);
    const use = {
      parcel_id: "00001-1-1",
      province: "01",
      position: 0,
      edition: 2024,
      area: 1,
      term: "LONG_TERM",
    };
    await expect(
      db.kysely
        .insertInto("parcel_use")
        .values({ ...use, code: "SKX" })
        .execute(),
    ).rejects.toThrow(/foreign key constraint/);
  });
});
