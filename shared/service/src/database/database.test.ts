import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { sql } from "kysely";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestDatabase, databaseServers, type TestDatabase } from "../testing/index.ts";
import { isUnavailable } from "./is-unavailable.ts";
import { migrate, type Migration } from "./migrate.ts";
import { dialectOf } from "./dialect.ts";
import { type Database, openDatabase } from "./open-database.ts";
import { observing } from "./statement-count.ts";

/** How a server that shuts down says so to a connection that is idle. */
const SHUTTING_DOWN = {
  postgres: postgresMessage("E", "SFATAL\0C57P01\0Mterminating connection\0\0"),
  mariadb: mariadbPacket("\xff\x1d\x05#08S01Server shutdown in progress"),
} as const;

function postgresMessage(type: string, body: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(4 + body.length);
  return Buffer.concat([Buffer.from(type), length, Buffer.from(body)]);
}

function mariadbPacket(body: string): Buffer {
  return Buffer.concat([Buffer.from([body.length, 0, 0, 0]), Buffer.from(body, "latin1")]);
}

describe.each(databaseServers())("a database on $dialect", (server) => {
  let test: TestDatabase;
  let db: Database;
  beforeAll(async () => {
    test = await createTestDatabase(server);
    db = openDatabase(test.url, { statementTimeoutMs: 500 });
  });
  afterAll(async () => {
    await db?.close();
    await test?.drop();
  });

  const first: Migration = {
    async up(kysely) {
      await kysely.schema
        .createTable("sample")
        .addColumn("id", "integer", (column) => column.primaryKey())
        .addColumn("name", "varchar(50)")
        .execute();
    },
  };
  const second: Migration = {
    async up(kysely) {
      await kysely.schema.alterTable("sample").addColumn("born", "date").execute();
      await kysely.schema.alterTable("sample").addColumn("amount", "bigint").execute();
      await kysely.schema
        .alterTable("sample")
        .addColumn("area", sql`decimal(12, 1)`)
        .execute();
    },
  };

  it("is brought forward from any earlier version, once, also by several processes at the same time", async () => {
    await migrate(db, { "0001-initial": first });
    await db.kysely.insertInto("sample").values({ id: 1, name: "Đức" }).execute();
    const all = { "0001-initial": first, "0002-more": second };
    const other = openDatabase(test.url);
    await Promise.all([migrate(db, all), migrate(other, all)]);
    await other.close();
    expect(await db.kysely.selectFrom("sample").selectAll().execute()).toEqual([
      { id: 1, name: "Đức", born: null, amount: null, area: null },
    ]);
  });

  it("refuses a version it does not know, and one that fails, in one sentence", async () => {
    await expect(migrate(db, { "0001-initial": first })).rejects.toThrow(
      /^The database cannot be brought to this version: .*0002-more.*[^.]\.$/,
    );
    const broken: Migration = {
      up: async (kysely) => void (await sql`select * from nowhere`.execute(kysely)),
    };
    await expect(
      migrate(db, { "0001-initial": first, "0002-more": second, "0003-broken": broken }),
    ).rejects.toThrow(/^The database migration 0003-broken failed: .*nowhere.*\.$/);
  });

  it("gives days as text, whole amounts and decimals as numbers, and tells apart what differs in marks or case", async () => {
    await db.kysely
      .insertInto("sample")
      .values({
        id: 2,
        name: "đức",
        born: "1950-12-31",
        amount: 9_007_199_254_740_991,
        area: 100.5,
      })
      .execute();
    expect(
      await db.kysely.selectFrom("sample").selectAll().where("name", "=", "đức").execute(),
    ).toEqual([
      { id: 2, name: "đức", born: "1950-12-31", amount: 9_007_199_254_740_991, area: 100.5 },
    ]);
    expect(
      await db.kysely.selectFrom("sample").select("id").where("name", "=", "duc").execute(),
    ).toEqual([]);
  });

  it("does not send a statement that whoever it is for refuses, and keeps the connection", async () => {
    const refusing = (point: "prepared" | "sending") => ({
      answered() {},
      rows() {},
      [point]() {
        throw new Error(`refused when ${point}`);
      },
    });
    const read = () => db.kysely.selectFrom("sample").selectAll().execute();
    for (const point of ["prepared", "sending"] as const)
      await expect(observing(refusing(point), read)).rejects.toThrow(`refused when ${point}`);
    const ended = observing(refusing("sending"), () =>
      db.kysely.transaction().execute(async (transaction) => {
        await transaction.selectFrom("sample").selectAll().execute();
      }),
    );
    await expect(ended).rejects.toThrow("refused when sending");
    expect(await read()).toHaveLength(2);
  });

  it("counts statements and rows for whom they are made", async () => {
    const counter = () => ({
      use: { statements: 0, rows: 0 },
      answered() {
        this.use.statements++;
      },
      rows(count: number) {
        this.use.rows += count;
      },
    });
    const [mine, others] = [counter(), counter()];
    const read = () => db.kysely.selectFrom("sample").selectAll().execute();
    await Promise.all([
      observing(mine, async () => [await read(), await read()]),
      observing(others, read),
      read(),
    ]);
    expect([mine.use, others.use]).toEqual([
      { statements: 2, rows: 4 },
      { statements: 1, rows: 2 },
    ]);
  });

  it("is unavailable when a statement takes too long, and works on afterwards", async () => {
    const slow =
      server.dialect === "postgres" ? sql`select pg_sleep(5)` : sql`select sleep(5) from sample`;
    const error = await slow.execute(db.kysely).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(isUnavailable(error)).toBe(true);
    await db.ping();
  });

  it("logs that a connection is lost, unless it has given it up itself", async () => {
    const openSockets = () =>
      process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap").length;
    const before = openSockets();
    const sockets: Socket[] = [];
    const { hostname, port } = new URL(test.url);
    const way = createServer({ allowHalfOpen: true }, (client) => {
      const upstream = connect(Number(port), hostname);
      sockets.push(client);
      client.on("error", () => {}).on("close", () => upstream.destroy());
      client.on("data", (piece) => upstream.write(piece));
      upstream.on("data", (piece) => client.write(piece));
    });
    way.listen(0, "127.0.0.1");
    await once(way, "listening");
    const url = new URL(test.url);
    url.port = String((way.address() as AddressInfo).port);
    const lines: string[] = [];
    const log = pino({}, { write: (line: string) => void lines.push(line) });
    const watched = openDatabase(url.href, { log });
    const lose = async (): Promise<void> => {
      const [socket] = sockets.splice(0);
      socket!.write(SHUTTING_DOWN[server.dialect]);
      socket!.destroySoon();
      await once(socket!, "close");
    };
    await watched.ping();
    await lose();
    await expect.poll(() => lines.length).toBe(1);
    expect(lines[0]).toContain("connection was lost");
    await watched.ping();
    await watched.close();
    await lose();
    way.close();
    // Once its end is closed too, it has read what was written; what an earlier test left open may be closed as well.
    await expect.poll(openSockets, { timeout: 10_000 }).toBeLessThanOrEqual(before);
    expect(lines).toHaveLength(1);
  });

  it("survives the loss of its connections", async () => {
    const others = openDatabase(server.url);
    await db.ping();
    const connections =
      server.dialect === "postgres"
        ? sql<{
            id: number;
          }>`select pid as id from pg_stat_activity where datname = ${new URL(test.url).pathname.slice(1)}`
        : sql<{
            id: number;
          }>`select id from information_schema.processlist where db = ${new URL(test.url).pathname.slice(1)}`;
    for (const { id } of (await connections.execute(others.kysely)).rows) {
      await (
        server.dialect === "postgres"
          ? sql`select pg_terminate_backend(${sql.lit(id)})`
          : sql`kill ${sql.lit(id)}`
      ).execute(others.kysely);
    }
    await others.close();
    await expect
      .poll(
        () =>
          db.ping().then(
            () => "answers",
            () => "lost",
          ),
        { timeout: 10_000 },
      )
      .toBe("answers");
  });
});

it("tells the kinds of database by their URLs", () => {
  expect(
    ["postgres://h/d", "postgresql://h/d", "mariadb://h/d", "mysql://h/d", "sqlite:d"].map(
      dialectOf,
    ),
  ).toEqual(["postgres", "postgres", "mariadb", "mariadb", null]);
});

it("does not answer where nothing listens", async () => {
  for (const url of ["postgresql://127.0.0.1:1/none", "mariadb://127.0.0.1:1/none"]) {
    const db = openDatabase(url);
    await expect(db.ping()).rejects.toSatisfy(isUnavailable);
    await expect(migrate(db, {})).rejects.toThrow(
      /^The database does not answer \(.*ECONNREFUSED.*\): check DATABASE_URL and that it runs\.$/,
    );
    await db.close();
  }
});
