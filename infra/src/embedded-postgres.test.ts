import { once } from "node:events";
import {
  chmod,
  cp,
  mkdir,
  mkdtemp,
  readFile,
  rm,
  stat,
  writeFile,
  readdir,
} from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startEmbeddedPostgres, type EmbeddedPostgres } from "./embedded-postgres.ts";
import { copyForOthers } from "./embedded-postgres/binaries.ts";

let folder: string;
const running: EmbeddedPostgres[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "truc-postgres-test-"));
  // Closed to everybody else, as a home folder is.
  await chmod(folder, 0o700);
});

afterEach(async () => {
  for (const server of running.splice(0)) await server.stop();
  await rm(folder, { recursive: true, force: true });
});

async function start(port = 0): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ directory: join(folder, "data"), port });
  running.push(server);
  return server;
}

async function ask(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

test("a database of its own role, binary order, UTF-8 and flushed writes", async () => {
  const server = await start();
  const url = await server.createDatabase("ships");
  expect(
    await ask(
      url,
      `select current_user as role, current_database() as database, datcollate, pg_encoding_to_char(encoding) as encoding,
       current_setting('fsync') as fsync, current_setting('listen_addresses') as address
       from pg_database where datname = current_database()`,
    ),
  ).toEqual([
    {
      role: "ships",
      database: "ships",
      datcollate: "C",
      encoding: "UTF8",
      fsync: "on",
      address: "127.0.0.1",
    },
  ]);
  expect(server.url("ships")).toBe(url);
});

test("a role has only its own database, and a wrong password opens none", async () => {
  const server = await start();
  const ships = await server.createDatabase("ships");
  await server.createDatabase("crews");
  const elsewhere = new URL(ships);
  elsewhere.pathname = "/crews";
  await expect(ask(elsewhere.href, "select 1")).rejects.toThrow(
    'permission denied for database "crews"',
  );
  const guessed = new URL(ships);
  guessed.password = "guess";
  await expect(ask(guessed.href, "select 1")).rejects.toThrow("password authentication failed");
});

test("a further role may connect to the database it was made for, and read nothing there unless it is told", async () => {
  const server = await start();
  const ships = await server.createDatabase("ships");
  await server.createDatabase("crews");
  const clerk = await server.createRole("clerk", "ships");
  expect(await server.createRole("clerk", "ships")).toBe(clerk);
  expect(await ask(clerk, "select current_user as role, current_database() as database")).toEqual([
    { role: "clerk", database: "ships" },
  ]);
  await ask(ships, "create table ship (name text)");
  await expect(ask(clerk, "select * from ship")).rejects.toThrow("permission denied");
  await expect(ask(clerk, "create table mine (name text)")).rejects.toThrow("permission denied");
  const elsewhere = new URL(clerk);
  elsewhere.pathname = "/crews";
  await expect(ask(elsewhere.href, "select 1")).rejects.toThrow("permission denied");
});

test("what was written is there on the next start, under the same password", async () => {
  const first = await start();
  const url = new URL(await first.createDatabase("ships"));
  await ask(url.href, "create table ship as select 'Trưng Trắc' as name");
  await first.stop();
  const second = await start();
  const again = new URL(await second.createDatabase("ships"));
  expect(again.password).toBe(url.password);
  expect(await ask(again.href, "select name from ship")).toEqual([{ name: "Trưng Trắc" }]);
});

test("the passwords can be read by their owner only", async () => {
  await start();
  expect((await stat(join(folder, "data", "passwords.json"))).mode & 0o777).toBe(0o600);
  expect((await stat(join(folder, "data"))).mode & 0o777).toBe(0o700);
});

test("a server that outlived its supervisor is ended, and its data taken over", async () => {
  const orphan = await start();
  await ask(await orphan.createDatabase("ships"), "create table ship as select 7 as masts");
  const successor = await start();
  await orphan.ended;
  expect(await ask(successor.url("ships"), "select masts from ship")).toEqual([{ masts: 7 }]);
});

test("a killed server and a lock file with somebody else's process id do not hinder the next start", async () => {
  const killed = await start();
  const lockFile = join(folder, "data/cluster/data/postmaster.pid");
  const lock = await readFile(lockFile, "utf8");
  process.kill(Number.parseInt(lock, 10), "SIGKILL");
  await killed.ended;
  await writeFile(lockFile, lock.replace(/^\d+/, String(process.pid)));
  const next = await start();
  expect(await ask(next.adminUrl, "select 1 as one")).toEqual([{ one: 1 }]);
});

test("an interrupted initialisation is thrown away", async () => {
  const leave = async (attempt: string): Promise<void> => {
    await mkdir(join(folder, `data/cluster/data.new.${attempt}/base`), { recursive: true });
    await writeFile(join(folder, `data/cluster/password.new.${attempt}`), "secret");
  };
  const unfinished = async (): Promise<string[]> =>
    (await readdir(join(folder, "data/cluster"))).filter((name) => name.includes(".new"));
  await leave("first");
  const server = await start();
  expect(await ask(server.adminUrl, "select 1 as one")).toEqual([{ one: 1 }]);
  expect(await unfinished()).toEqual([]);
  await server.stop();
  // What an initdb that had outlived its supervisor was still making, when the next had begun.
  await leave("second");
  await start();
  expect(await unfinished()).toEqual([]);
});

test("a port in use and a folder that cannot be made are told in one sentence", async () => {
  const stranger = createServer().listen(0, "127.0.0.1");
  await once(stranger, "listening");
  const { port } = stranger.address() as { port: number };
  await expect(start(port)).rejects.toThrow(
    `Port ${port}, meant for the embedded PostgreSQL, is in use: choose others with --port.`,
  );
  stranger.close();
  await writeFile(join(folder, "file"), "");
  const directory = join(folder, "file", "data");
  await expect(startEmbeddedPostgres({ directory, port: 0 })).rejects.toThrow(
    `The folder ${directory} cannot be written`,
  );
});

test("binaries that others cannot reach are copied where they can, once", async () => {
  const native = join(folder, "native");
  await mkdir(join(native, "bin"), { recursive: true });
  await mkdir(join(native, "share"));
  await writeFile(join(native, "bin", "postgres"), "#!/bin/sh\n", { mode: 0o700 });
  await writeFile(join(native, "share", "postgres.bki"), "", { mode: 0o600 });
  const places = join(folder, "temporary");
  await mkdir(places);
  const copy = await copyForOthers(native, "1.0", places);
  expect((await stat(join(copy, "bin", "postgres"))).mode & 0o777).toBe(0o755);
  expect((await stat(join(copy, "share", "postgres.bki"))).mode & 0o777).toBe(0o644);
  expect((await stat(copy)).mode & 0o777).toBe(0o755);
  await rm(native, { recursive: true });
  expect(await copyForOthers(native, "1.0", places)).toBe(copy);
  await cp(copy, native, { recursive: true });
  await chmod(copy, 0o777);
  await expect(copyForOthers(native, "1.0", places)).rejects.toThrow(
    "is not the copy of PostgreSQL that this user made",
  );
});
