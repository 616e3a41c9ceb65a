import { type Database, migrate, openDatabase } from "@truc/service";
import { createTestDatabase, databaseServers, type TestDatabase } from "@truc/service/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { migrations } from "../../migrations/index.ts";
import { tablesOf } from "../tables.ts";
import { startTestProxy } from "../test-proxy.ts";
import { admitPerson } from "./admit-person.ts";
import { findAccount } from "./find-account.ts";
import { subjectOf } from "./subject-of.ts";

describe.each(databaseServers())("people on $dialect", (server) => {
  let database: TestDatabase;
  let db: Database;
  beforeAll(async () => {
    database = await createTestDatabase(server);
    db = openDatabase(database.url, { maxConnections: 8 });
    await migrate(db, migrations);
    const tables = tablesOf(db);
    await tables
      .insertInto("agency")
      .values({ id: "archive", name: "The Archive", status: "active" })
      .execute();
    await tables
      .insertInto("system")
      .values(
        ["reader", "other"].map((id) => ({
          id,
          agency: "archive",
          name: id,
          status: "active" as const,
        })),
      )
      .execute();
    await tables
      .insertInto("person")
      .values([
        { id: "active", name: "Nguyễn Thị Hoa", pin: "901300000001", status: "active" },
        { id: "suspended", name: "Trần Văn Bình", pin: "901200000002", status: "suspended" },
        { id: "leaving", name: "Lê Văn Đi", pin: null, status: "active" },
      ])
      .execute();
  });
  afterAll(async () => {
    await db.close();
    await database.drop();
  });

  test("many first sign-ins at once cause no error that a database would log with the number", async () => {
    let answers = "";
    const proxy = await startTestProxy(database.url, (answer) => void (answers += answer));
    const url = new URL(database.url);
    url.hostname = "127.0.0.1";
    url.port = String(proxy.port);
    const behind = openDatabase(url.href, { maxConnections: 8 });
    const pins = Array.from({ length: 10 }, (_, index) => `9012000010${10 + index}`);
    for (const pin of pins) {
      const admissions = await Promise.all(
        Array.from({ length: 8 }, () => admitPerson(behind, [], pin)),
      );
      const [first] = admissions;
      expect(first).toEqual({ outcome: "admitted", person: expect.any(String) });
      expect(admissions).toEqual(Array.from({ length: 8 }, () => first));
    }
    await behind.close();
    await proxy.close();
    const people = await tablesOf(db)
      .selectFrom("person")
      .innerJoin("person_role", "person_role.person", "person.id")
      .select(["pin", "role"])
      .where("pin", "in", pins)
      .orderBy("pin")
      .execute();
    expect(people).toEqual(pins.map((pin) => ({ pin, role: "citizen" })));
    expect(answers).toContain("active");
    expect(answers).not.toMatch(/duplicate/i);
  });

  test("a subject is the same each time, however many ask at once, and one system's alone", async () => {
    const first = await Promise.all(
      Array.from({ length: 8 }, () => subjectOf(db, "active", "reader")),
    );
    expect(new Set(first).size).toBe(1);
    expect(first[0]).toMatch(/^[A-Za-z0-9_-]{32}$/);
    const elsewhere = await subjectOf(db, "active", "other");
    expect(elsewhere).not.toBe(first[0]);
    const rows = await tablesOf(db)
      .selectFrom("subject")
      .selectAll()
      .where("person", "=", "active")
      .orderBy("client")
      .execute();
    expect(rows).toEqual([
      { subject: elsewhere, person: "active", client: "other" },
      { subject: first[0], person: "active", client: "reader" },
    ]);
  });

  test.each(["suspended", "nobody"])("there is none for somebody %s", async (person) => {
    expect(await subjectOf(db, person, "reader")).toBeNull();
    expect(await findAccount(db, person)).toBeUndefined();
  });

  test("a suspension that is under way is waited for", async () => {
    let asked: Promise<string | null> | undefined;
    await tablesOf(db)
      .transaction()
      .execute(async (tx) => {
        await tx
          .updateTable("person")
          .set({ status: "suspended" })
          .where("id", "=", "leaving")
          .execute();
        asked = subjectOf(db, "leaving", "reader");
        // Time for it to come to the row that this transaction holds; later, it finds her suspended all the same.
        await tx.selectFrom("person").select("id").execute();
      });
    expect(await asked).toBeNull();
  });

  test("a citizen is made once, however often she signs in at once", async () => {
    const pin = "901300000077";
    const people = [{ id: "hoa", name: "Phạm Thị Hoà", roles: ["citizen"], pin }];
    const admitted = await Promise.all(
      ["hoa", pin, "hoa", pin, pin, "hoa"].map((chosen) => admitPerson(db, people, chosen)),
    );
    expect(new Set(admitted.map((each) => JSON.stringify(each))).size).toBe(1);
    const rows = await tablesOf(db)
      .selectFrom("person")
      .innerJoin("person_role", "person_role.person", "person.id")
      .select(["name", "status", "role", "agency"])
      .where("pin", "=", pin)
      .execute();
    expect(rows).toEqual([
      { name: "Phạm Thị Hoà", status: "active", role: "citizen", agency: null },
    ]);
  });

  test.each<[chosen: string, outcome: object]>([
    ["active", { outcome: "admitted", person: "active" }],
    ["901300000001", { outcome: "admitted", person: "active" }],
    ["901200000002", { outcome: "suspended" }],
    ["leaving", { outcome: "unknown" }],
    ["listed-only", { outcome: "unknown" }],
    ["001300000001", { outcome: "unknown" }],
    ["9013000000010", { outcome: "unknown" }],
    ["901300000001\n", { outcome: "unknown" }],
  ])("%j", async (chosen, outcome) => {
    const people = ["active", "listed-only"].map((id) => ({ id, name: id, roles: [] }));
    expect(await admitPerson(db, people, chosen)).toEqual(outcome);
  });
});
