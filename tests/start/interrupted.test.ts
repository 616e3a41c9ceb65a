import { openDatabase } from "@truc/service";
import { afterAll, beforeAll, expect, test } from "vitest";
import { platformDatabase } from "../harness/platform-database.ts";
import { PlatformRecords } from "../harness/platform-records.ts";
import {
  dataFolder,
  freePorts,
  isAlive,
  platformIn,
  PlatformProcess,
  postgresPid,
  READY,
} from "./platform-process.ts";
import { Truc } from "./truc-command.ts";

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
  const db = openDatabase(platformDatabase(folder.data, port, database));
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

test("what was answered before a kill is on record after it, and the log goes on", async () => {
  const truc = new Truc(folder.data);
  const ask = async (): Promise<string> => {
    const { citizen } = (await platformIn(folder.data)).samples;
    const { data } = await truc.answer("--person", citizen, "{ me { id } }");
    expect(data).toEqual({ me: { id: citizen } });
    return citizen;
  };
  const killed = start();
  await killed.shows(READY);
  await ask();
  expect(await killed.signal("SIGKILL")).toBe("SIGKILL");

  const next = start();
  await next.shows(READY);
  const records = new PlatformRecords(folder.data, platformDatabase(folder.data, port, "audit"));
  const before = await records.all();
  const citizen = await ask();
  await records.untilLogged();
  const after = await records.all();
  const about = after.filter((kept) =>
    kept.record.subjects?.["Citizen"]?.includes(records.pseudonymIn(kept, "Citizen", citizen)),
  );
  // The router of each start numbers its own.
  expect(about.filter(({ context }) => context.system === "portal")).toHaveLength(2);
  expect(after.length).toBeGreaterThan(before.length);
  const health = await fetch(`${(await platformIn(folder.data)).audit}/health/ready`);
  expect(await health.json()).toEqual({ ready: true, notReady: [], degraded: [] });
  expect(await next.signal("SIGTERM")).toBe(0);
}, 120_000);

test("Ctrl-C in the middle of a start ends it cleanly", async () => {
  const interrupted = start();
  await interrupted.shows("Starting PostgreSQL");
  expect(await interrupted.signal("SIGINT")).toBe(0);
  expect(interrupted.stderr).toBe("");
}, 60_000);
