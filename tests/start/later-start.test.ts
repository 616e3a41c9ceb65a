import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { EXAMPLE } from "../../infra/src/all-in-one/example.ts";
import { dataFolder, freePorts, platformIn, PlatformProcess, READY } from "./platform-process.ts";
import { Truc } from "./truc-command.ts";

let folder: Awaited<ReturnType<typeof dataFolder>>;
let platform: PlatformProcess;
let truc: Truc;

beforeAll(async () => {
  folder = await dataFolder();
  truc = new Truc(folder.data);
  await start();
});
afterAll(async () => {
  await platform.signal("SIGTERM");
  await folder.remove();
});

async function start(): Promise<void> {
  const port = String(await freePorts());
  platform = new PlatformProcess(["--citizens", "200", "--data", folder.data, "--port", port]);
  await platform.shows(READY);
}

async function purposesOf(system: string): Promise<string[] | undefined> {
  return (await platformIn(folder.data)).systems.find(({ id }) => id === system)?.purposes;
}

async function grantOf(system: string, purpose: string): Promise<string> {
  const [grant] = await truc.json("grants", "list", ["--system", system, "--purpose", purpose]);
  return grant.id;
}

test("the ready-made query is opened by the scopes it is said to be", async () => {
  const { example } = await platformIn(folder.data);
  const asked = ["--system", example.system, "--purpose", example.purpose];
  const file = join(folder.parent, "example.graphql");
  await writeFile(file, example.query);
  const { fields } = await truc.json("explain", asked, file);
  const opening: string[] = fields.flatMap(({ scopes }: { scopes: string[][] }) => scopes.flat());
  expect([...new Set(opening)].toSorted()).toEqual(EXAMPLE.scopes.toSorted());
});

test("what was revoked or suspended since is offered by no later start, what was granted since is", async () => {
  expect(await purposesOf("land-office")).toEqual(["LAND_TRANSFER", "DATA_CLEANUP"]);
  const cleanUp = await grantOf("land-office", "DATA_CLEANUP");
  const counter = await grantOf("service-counter", "ONE_STOP_SERVICE");
  await truc.said("grants", "revoke", cleanUp, "--direct");
  await truc.said("grants", "suspend", counter, "--direct");
  await truc.said(
    ["grants", "request", "--system", "inspectorate", "--purpose", "DATA_CLEANUP"],
    ["--scopes", "land:parcel"],
  );
  await truc.said("grants", "approve", await grantOf("inspectorate", "DATA_CLEANUP"));
  expect(await platform.signal("SIGTERM")).toBe(0);

  await start();
  expect(await purposesOf("land-office")).toEqual(["LAND_TRANSFER"]);
  expect(await purposesOf("inspectorate")).toEqual(["ASSET_DECLARATION", "DATA_CLEANUP"]);
  expect(await purposesOf("service-counter")).toEqual([]);
  expect(platform.stdout).toMatch(/^ {2}land-office +LAND_TRANSFER$/m);
  expect(platform.stdout).toMatch(/^ {2}service-counter +\(no live grant\)$/m);
  const lacks = "service-counter has no live grant for ONE_STOP_SERVICE any more.";
  expect((await platformIn(folder.data)).example.lacks).toBe(lacks);
  expect(platform.stdout).toContain(
    `The ready-made query over four databases is not answered in full any more. ${lacks}`,
  );
  expect(platform.stdout).not.toContain("--system service-counter");

  await truc.said("grants", "resume", counter, "--direct");
  expect(await platform.signal("SIGTERM")).toBe(0);
  await start();
  expect((await platformIn(folder.data)).example.lacks).toBeUndefined();
  expect(platform.stdout).toContain("npx truc query --system service-counter");
}, 120_000);

/** Takes away what a version without an audit process did not have. */
async function forgetAudit(): Promise<void> {
  const passwordFile = join(folder.data, "postgres", "passwords.json");
  const { audit: _owner, truc_audit_writer: _writer, ...passwords } = await json(passwordFile);
  const port = Number(new URL((await platformIn(folder.data)).graphql).port) + 8;
  const client = new pg.Client({
    connectionString: `postgresql://postgres:${passwords["postgres"]}@127.0.0.1:${port}/postgres`,
  });
  await client.connect();
  await client.query("drop database audit with (force)");
  await client.query("drop role audit");
  await client.query("drop role truc_audit_writer");
  await client.end();
  expect(await platform.signal("SIGTERM")).toBe(0);
  await writeFile(passwordFile, JSON.stringify(passwords));
  await rm(join(folder.data, "keys", "audit"), { recursive: true });
  await rm(join(folder.data, "keys", "router"), { recursive: true });
  await rm(join(folder.data, "journal", "audit"), { recursive: true });
}

async function json(file: string): Promise<Record<string, string>> {
  return JSON.parse(await readFile(file, "utf8")) as Record<string, string>;
}

test("a folder of a version without an audit process gets what it lacks, and keeps it", async () => {
  await forgetAudit();
  await start();
  const { samples } = await platformIn(folder.data);
  const asked = ["--person", samples.citizen, "{ me { id } }"];
  expect((await truc.answer(...asked)).data).toEqual({ me: { id: samples.citizen } });
  const key = await readFile(join(folder.data, "keys", "audit", "root-key"), "utf8");
  expect(await platform.signal("SIGTERM")).toBe(0);
  await start();
  expect((await truc.answer(...asked)).data).toEqual({ me: { id: samples.citizen } });
  expect(await readFile(join(folder.data, "keys", "audit", "root-key"), "utf8")).toBe(key);
}, 120_000);
