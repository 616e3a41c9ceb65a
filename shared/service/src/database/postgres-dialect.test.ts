import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestDatabase, databaseServers, type TestDatabase } from "../testing/index.ts";
import { type Database, openDatabase } from "./open-database.ts";
import { observing } from "./statement-count.ts";
import { StatementNames } from "./statement-names.ts";

const server = databaseServers().find(({ dialect }) => dialect === "postgres")!;

describe("a list of values on PostgreSQL", () => {
  let database: TestDatabase;
  let db: Database;
  beforeAll(async () => {
    database = await createTestDatabase(server);
    db = openDatabase(database.url, { maxConnections: 1 });
    await db.kysely.schema
      .createTable("ship")
      .addColumn("code", "varchar(12)", (column) => column.primaryKey())
      .addColumn("tons", "integer")
      .addColumn("built", "date")
      .execute();
    await db.kysely
      .insertInto("ship")
      .values([
        { code: "a", tons: 1, built: "2020-01-01" },
        { code: 'b"{,}\\', tons: 2, built: "2021-01-01" },
        { code: "c", tons: null, built: "2022-01-01" },
      ])
      .execute();
  });
  afterAll(async () => {
    await db?.close();
    await database?.drop();
  });

  const ships = (column: string, operator: "in" | "not in", values: unknown[]) =>
    db.kysely.selectFrom("ship").select("code").where(column, operator, values).orderBy("code");

  it.each([
    ["code", "in", ["a", 'b"{,}\\', "d"], ["a", 'b"{,}\\']],
    ["code", "in", ['b"{,}\\'], ['b"{,}\\']],
    ["code", "in", [], []],
    ["code", "not in", ["a", "c"], ['b"{,}\\']],
    ["code", "not in", ["a"], ['b"{,}\\', "c"]],
    ["code", "not in", [], ["a", 'b"{,}\\', "c"]],
    ["tons", "in", [1, 2], ["a", 'b"{,}\\']],
    ["built", "in", ["2022-01-01", "2020-01-01"], ["a", "c"]],
  ] as const)("finds what `%s %s` %j finds", async (column, operator, values, expected) => {
    const rows = await ships(column, operator, [...values]).execute();
    expect(rows.map(({ code }) => code)).toEqual(expected);
  });

  it("has one text for every count but one", () => {
    const text = (...values: string[]) => ships("code", "in", values).compile().sql;
    expect(text("a", "b")).toBe('select "code" from "ship" where "code" = any($1) order by "code"');
    expect(text("a", "b", "c")).toBe(text("a", "b"));
    expect(text("a")).toBe('select "code" from "ship" where "code" = $1 order by "code"');
  });

  const repeating = { repeats: true, answered: () => {}, rows: () => {} };
  const prepared = async (): Promise<string[]> => {
    const { rows } = await db.kysely
      .selectFrom("pg_prepared_statements")
      .select("statement")
      .execute()
      .then((found) => ({ rows: found as { statement: string }[] }));
    return rows.map(({ statement }) => statement).filter((text) => text.includes('"ship"'));
  };

  it("is prepared once it comes again, where who asks says that it will", async () => {
    for (let time = 0; time < 3; time++) await ships("tons", "in", [time, 9]).execute();
    expect(await prepared()).toEqual([]);
    const read = () => observing(repeating, () => ships("tons", "in", [1, 9]).execute());
    await read();
    expect(await prepared()).toEqual([]);
    await read();
    await read();
    expect(await prepared()).toEqual([ships("tons", "in", [1, 9]).compile().sql]);
  });

  it("is answered though a column has changed its type meanwhile", async () => {
    const read = () =>
      observing(repeating, () =>
        db.kysely.selectFrom("ship").select("tons").where("code", "=", "a").execute(),
      );
    for (let time = 0; time < 3; time++) expect(await read()).toEqual([{ tons: 1 }]);
    await db.kysely.schema
      .alterTable("ship")
      .alterColumn("tons", (column) => column.setDataType("text"))
      .execute();
    for (let time = 0; time < 3; time++) expect(await read()).toEqual([{ tons: "1" }]);
  });
});

it("a pool for keys tells PostgreSQL to enter by indexes, unless its URL says otherwise", async () => {
  const priceAt = async (url: string, plansForKeys: boolean): Promise<unknown> => {
    const db = openDatabase(url, { maxConnections: 1, plansForKeys });
    try {
      const { rows } = await sql<Record<string, string>>`show random_page_cost`.execute(db.kysely);
      return rows[0]!["random_page_cost"];
    } finally {
      await db.close();
    }
  };
  const own = new URL(server.url);
  own.searchParams.set("options", "-c random_page_cost=3");
  expect(await priceAt(server.url, false)).toBe("4");
  expect(await priceAt(server.url, true)).toBe("1.1");
  expect(await priceAt(own.href, true)).toBe("3");
});

describe("names of statements", () => {
  it("are given to what comes a second time, and never to another text", () => {
    const names = new StatementNames();
    expect(names.of("a")).toBeUndefined();
    const first = names.of("a");
    expect(first).toBeTypeOf("string");
    expect(names.of("a")).toBe(first);
    for (let n = 0; n < 1_000; n++) names.of(`other ${n}`);
    expect(names.of("a")).toBeUndefined();
    expect(names.of("a")).not.toBe(first);
  });

  it("stay with what goes on coming", () => {
    const names = new StatementNames();
    names.of("a");
    const first = names.of("a");
    for (let n = 0; n < 1_000; n++) {
      names.of(`other ${n}`);
      expect(names.of("a")).toBe(first);
    }
  });
});
