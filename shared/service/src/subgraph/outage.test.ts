import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openDatabase } from "../database/open-database.ts";
import {
  createTestDatabase,
  databaseServers,
  freePort,
  startSubgraph,
  type TestDatabase,
  type TestSubgraph,
} from "../testing/index.ts";
import { fillLibrary, library, readerId } from "./sample/library.ts";

/** A way to a database server that can be cut and opened again. */
class Bridge {
  readonly #target: URL;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  port = 0;

  constructor(target: string) {
    this.#target = new URL(target);
  }

  async open(): Promise<string> {
    this.#server = createServer((near) => {
      const far = connect(Number(this.#target.port), this.#target.hostname);
      for (const socket of [near, far]) {
        this.#sockets.add(socket);
        socket.on("error", () => {});
        socket.on("close", () => this.#sockets.delete(socket));
      }
      near.pipe(far).pipe(near);
    });
    this.port ||= await freePort();
    this.#server.listen(this.port, "127.0.0.1");
    await once(this.#server, "listening");
    const url = new URL(this.#target);
    url.hostname = "127.0.0.1";
    url.port = String(this.port);
    return url.href;
  }

  async cut(): Promise<void> {
    const closed = new Promise((resolve) => this.#server?.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}

describe.each(databaseServers())("a subgraph whose $dialect goes away", (server) => {
  let database: TestDatabase;
  let bridge: Bridge;
  let subgraph: TestSubgraph;
  beforeAll(async () => {
    database = await createTestDatabase(server);
    bridge = new Bridge(database.url);
    subgraph = await startSubgraph(library, await bridge.open());
    const db = openDatabase(database.url);
    await fillLibrary(db);
    await db.close();
  });
  afterAll(async () => {
    await subgraph?.stop();
    await bridge?.cut();
    await database?.drop();
  });

  const query = `{ reader(id: "${readerId(0)}") { name } items { __typename } }`;
  const ready = async () => {
    const response = await fetch(`${subgraph.url}/health/ready`);
    return [response.status, ((await response.json()) as { notReady: string[] }).notReady];
  };

  it("says so for the fields that need it, and answers again when it is back, without a restart", async () => {
    expect((await subgraph.query(query)).data.reader).toEqual({ name: "Nguyễn Thị Ân" });
    expect(await ready()).toEqual([200, []]);

    await bridge.cut();
    for (const attempt of [1, 2]) {
      const { data, errors } = await subgraph.query(query);
      expect(data, `attempt ${attempt}`).toEqual({
        reader: null,
        items: [{ __typename: "Book" }, { __typename: "Film" }],
      });
      expect(errors).toEqual([
        {
          message: "The Library register does not answer at the moment.",
          path: ["reader"],
          extensions: { code: "REGISTER_UNAVAILABLE", register: "Library register", retry: true },
        },
      ]);
    }
    expect(await ready()).toEqual([503, ["database"]]);

    await bridge.open();
    await expect
      .poll(async () => (await subgraph.query(query)).data.reader, { timeout: 10_000 })
      .toEqual({ name: "Nguyễn Thị Ân" });
    await expect.poll(ready, { timeout: 10_000 }).toEqual([200, []]);
  });

  it("does not start without it, and says why in one sentence", async () => {
    const nowhere = new URL(database.url);
    nowhere.port = "1";
    await expect(startSubgraph(library, nowhere.href)).rejects.toThrow(
      /^The database does not answer \(.*ECONNREFUSED.*\): check DATABASE_URL and that it runs\.$/,
    );
  });
});
