import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { openDatabase } from "@truc/service";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  dataFolder,
  freePorts,
  isAlive,
  PlatformProcess,
  postgresPid,
  READY,
} from "./platform-process.ts";

const CITIZENS = 6_000;
let folder: Awaited<ReturnType<typeof dataFolder>>;
let port: number;
const started: PlatformProcess[] = [];

function start(): PlatformProcess {
  const platform = new PlatformProcess([
    "--citizens",
    String(CITIZENS),
    "--data",
    folder.data,
    "--port",
    String(port),
  ]);
  started.push(platform);
  return platform;
}

beforeAll(async () => {
  folder = await dataFolder();
  port = await freePorts();
});

afterAll(async () => {
  for (const platform of started) await platform.signal("SIGKILL");
  await folder.remove();
});

async function count(database: string, table: string): Promise<number> {
  const passwords = JSON.parse(
    await readFile(join(folder.data, "postgres/passwords.json"), "utf8"),
  ) as Record<string, string>;
  const db = openDatabase(
    `postgresql://${database}:${passwords[database]}@127.0.0.1:${port + 8}/${database}`,
  );
  try {
    const { rows } = await db.kysely
      .selectFrom(table)
      .select(({ fn }) => fn.countAll().as("rows"))
      .executeTakeFirstOrThrow();
    return Number(rows);
  } finally {
    await db.close();
  }
}

test("a start killed at the beginning and one killed while filling are finished by the next", async () => {
  const first = start();
  await first.shows("Starting PostgreSQL");
  expect(await first.signal("SIGKILL")).toBe("SIGKILL");

  const second = start();
  await second.shows("Filling the registers");
  const orphan = await postgresPid(folder.data);
  expect(await second.signal("SIGKILL")).toBe("SIGKILL");
  expect(second.stdout).not.toContain("Filled the registers");

  const third = start();
  await third.shows(READY);
  expect(third.stderr).toBe("");
  expect(await isAlive(orphan)).toBe(false);
  expect(await count("population", "citizen")).toBe(CITIZENS);
  expect(await third.signal("SIGTERM")).toBe(0);
}, 180_000);

test("Ctrl-C in the middle of a start ends it cleanly", async () => {
  const interrupted = start();
  await interrupted.shows("Starting PostgreSQL");
  expect(await interrupted.signal("SIGINT")).toBe(0);
  expect(interrupted.stderr).toBe("");
}, 60_000);
