import { type Database, migrate, openDatabase } from "@truc/service";
import { createTestDatabase, databaseServers, type TestDatabase } from "@truc/service/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { insertCompanies } from "../src/sample-register.ts";
import { industriesOf } from "../src/source.ts";
import { migrations } from "./index.ts";
import { VSIC_2025 } from "./vsic-2025.ts";

const CODE = "0100233488";
describe.each(databaseServers())("migrations on $dialect", (server) => {
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

  test("run again without doing anything", async () => {
    await migrate(db, migrations);
    await insertCompanies(db, [{ code: CODE, name: "Công ty TNHH Minh Đức" }]);
    const statements: string[] = [];
    db.onStatement = (sql) => statements.push(sql);
    await migrate(db, migrations);
    // Kysely makes sure of its own two tables; the register's stay untouched.
    const changing = /^(create|alter|drop|insert|update|delete)\b(?!.*kysely_migration)/i;
    expect(statements.filter((sql) => changing.test(sql))).toEqual([]);
    const companies = await db.kysely.selectFrom("company").select("code").execute();
    expect(companies).toEqual([{ code: CODE }]);
  });

  test("move on from the first version and keep what it holds", async () => {
    await migrate(db, { "0001-initial": migrations["0001-initial"] });
    await insertCompanies(db, [
      { code: CODE, name: "Công ty TNHH Minh Đức", industries: ["4690"] },
    ]);
    await migrate(db, migrations);
    const found = await industriesOf.batch(db, [CODE], undefined);
    expect(found.get(CODE)).toEqual([
      { company: CODE, position: 0, edition: 2025, code: "4690", title: "Bán buôn tổng hợp" },
    ]);
  });

  test("bring every class of the classification", async () => {
    await migrate(db, migrations);
    const rows = await db.kysely
      .selectFrom("industry")
      .select(["code", "title"])
      .where("edition", "=", 2025)
      .execute();
    expect(Object.fromEntries(rows.map(({ code, title }) => [code, title]))).toEqual(VSIC_2025);
  });
});

test("the classification has four-digit classes with titles, in order", () => {
  const entries = Object.entries(VSIC_2025);
  expect(entries.length).toBeGreaterThan(200);
  for (const [code, title] of entries) {
    expect(code).toMatch(/^\d{4}$/);
    expect(title).toMatch(/^\p{Lu}.*[^.\s]$/u);
  }
});
