import { migrate, openDatabase } from "@truc/service";
import { createTestDatabase, databaseServers } from "@truc/service/testing";
import { expect, onTestFinished, test } from "vitest";
import { migrations } from "../migrations/index.ts";
import { citizenRow, insert, unitRow } from "./testing/register.ts";

const versions = Object.keys(migrations);
const fromEveryVersion = databaseServers().flatMap((server) =>
  versions.map((_, version) => ({ server, dialect: server.dialect, version })),
);

test.each(fromEveryVersion)(
  "$dialect: version $version moves on to the newest with its rows",
  async ({ server, version }) => {
    const database = await createTestDatabase(server);
    const db = openDatabase(database.url, { maxConnections: 2 });
    onTestFinished(async () => {
      await db.close();
      await database.drop();
    });
    if (version > 0) {
      await migrate(db, Object.fromEntries(Object.entries(migrations).slice(0, version)));
      await insert(db, "citizen", [citizenRow("901070000001", ["Nguyễn", "Văn", "Đức"])]);
    }
    await migrate(db, migrations);
    if (version === 0)
      await insert(db, "citizen", [citizenRow("901070000001", ["Nguyễn", "Văn", "Đức"])]);
    await insert(db, "administrative_unit", [unitRow("01", "Hà Nội", null)]);

    const read = async () => [
      await db.kysely.selectFrom("citizen").select(["full_name", "record_number"]).execute(),
      await db.kysely.selectFrom("administrative_unit").select("name").execute(),
    ];
    const before = await read();
    expect(before).toEqual([
      [{ full_name: "Nguyễn Văn Đức", record_number: 1 }],
      [{ name: "Hà Nội" }],
    ]);
    // Running again changes nothing.
    await migrate(db, migrations);
    expect(await read()).toEqual(before);
    const names = await db.kysely
      .selectFrom("kysely_migration")
      .select("name")
      .orderBy("name")
      .execute();
    expect(names).toEqual(versions.map((name) => ({ name })));
  },
);
