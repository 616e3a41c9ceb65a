import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { signPermit, UNLIMITED } from "@truc/contracts";
import { afterAll, beforeAll, expect, it } from "vitest";
import { migrate } from "../database/migrate.ts";
import { type Database, openDatabase } from "../database/open-database.ts";
import { type HttpServer, startHttp } from "../http/start-http.ts";
import { Journal } from "../journal/journal.ts";
import { createLog } from "../process/create-log.ts";
import { createTestDatabase, databaseServers, type TestDatabase } from "../testing/index.ts";
import { mountSubgraph } from "./mount-subgraph.ts";
import { PermitReader } from "./permit-reader.ts";
import { fillLibrary, library, readerId } from "./sample/library.ts";

const secrets = { keys: [{ kid: "test", secret: randomBytes(32).toString("base64url") }] };
const log = createLog({ name: "host", level: "silent" });
let directory: string;
let database: TestDatabase;
let db: Database;
let journal: Journal;
let http: HttpServer;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "truc-mount-"));
  const path = join(directory, "permit-secrets.json");
  await writeFile(path, JSON.stringify(secrets));
  database = await createTestDatabase(databaseServers()[0]!);
  db = openDatabase(database.url);
  await migrate(db, library.migrations);
  await fillLibrary(db);
  journal = new Journal({ directory, name: "library" });
  const permits = new PermitReader("library", path, log);
  http = await startHttp({
    port: 0,
    host: "127.0.0.1",
    log,
    bodyLimitBytes: 100,
    routes(app) {
      mountSubgraph(app, library, { db, permits, journal, log });
      app.post("/echo", async (request) => ({ body: request.body }));
    },
  });
});
afterAll(async () => {
  await http?.stop();
  await journal?.close();
  await db?.close();
  await database?.drop();
  await rm(directory, { recursive: true, force: true });
});

const post = (path: string, body: string, type = "application/json") =>
  fetch(`${http.url}${path}`, { method: "POST", headers: { "content-type": type }, body });

it("answers a subgraph's operations in a process that serves other things, and leaves those as they are", async () => {
  const now = Math.floor(Date.now() / 1_000);
  const claims = { aud: "library", iat: now, exp: now + 60, distance: 0, system: "test" };
  const permit = signPermit({ ...claims, scopes: ["library:reader"], limits: UNLIMITED }, secrets);
  const query = `{ reader(id: "${readerId(1)}") { name } }`;
  const answered = await post("/graphql", JSON.stringify({ query, extensions: { permit } }));
  expect([answered.status, await answered.json()]).toEqual([
    200,
    { data: { reader: { name: "Nguyễn Thị An" } } },
  ]);
  expect((await post("/graphql", JSON.stringify({ query }))).status).toBe(401);
  expect((await post("/graphql", query, "text/plain")).status).toBe(415);

  const echoed = await post("/echo", "as text", "text/plain");
  expect([echoed.status, await echoed.json()]).toEqual([200, { body: "as text" }]);
  expect((await post("/echo", JSON.stringify("x".repeat(100)))).status).toBe(413);
});
