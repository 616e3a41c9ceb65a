import { once } from "node:events";
import { readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  dataFolder,
  freePorts,
  PlatformProcess,
  READY,
  ROOT,
  runCommand,
} from "./platform-process.ts";

let folder: Awaited<ReturnType<typeof dataFolder>>;

beforeAll(async () => {
  folder = await dataFolder();
});

afterAll(async () => await folder.remove());

async function refusal(options: readonly string[]): Promise<string> {
  const platform = new PlatformProcess(options);
  expect(await platform.ends()).toBe(1);
  return platform.stderr;
}

test.each([
  [
    ["--citizens", "many"],
    /^Option '--citizens <n>' argument 'many' is invalid. It must be a whole number from 100 to 1000000; --help/,
  ],
  [["--citizens", "99"], /must be a whole number from 100 to 1000000/],
  [["--seed", "-1"], /must be a whole number from 0 to/],
  [["--port", "65535"], /must be a whole number from 1 to 65495/],
  [["--data", ""], /^Option '--data <dir>' argument '' is invalid. It must name a folder; --help/],
  [["--port"], /^Option '--port <p>' argument missing/],
  [["--colour", "red"], /^Unknown option '--colour'/],
  [["now"], /^Too many arguments/],
])("the options %j are refused in one sentence", async (options, sentence) => {
  const said = await refusal(options);
  expect(said).toMatch(sentence);
  expect(said.trimEnd().split("\n")).toHaveLength(1);
});

test("a data folder that cannot be written is refused in one sentence", async () => {
  const file = join(folder.parent, "file");
  await writeFile(file, "");
  const said = await refusal(["--data", join(file, "data"), "--port", String(await freePorts())]);
  expect(said).toMatch(
    /^The data folder .*\/file\/data cannot be written \(ENOTDIR.*\): choose another with --data\.\n$/,
  );
});

test.each([
  [1, "authority"],
  [2, "audit process"],
  [12, "subgraph land"],
])("a neighbouring port (+%i) in use is named with what it is for", async (offset, who) => {
  const port = await freePorts();
  const stranger = createServer().listen(port + offset, "127.0.0.1");
  await once(stranger, "listening");
  const said = await refusal(["--data", folder.data, "--port", String(port)]);
  expect(said).toMatch(
    new RegExp(
      `^Port ${port + offset}, meant for the ${who}, is in use: choose others with --port .*\n$`,
    ),
  );
  stranger.close();
});

test("PostgreSQL's port in use is named as well", async () => {
  const port = await freePorts();
  const stranger = createServer().listen(port + 8, "127.0.0.1");
  await once(stranger, "listening");
  const said = await refusal(["--data", folder.data, "--citizens", "200", "--port", String(port)]);
  expect(said).toMatch(
    new RegExp(`^Port ${port + 8}, meant for the embedded PostgreSQL, is in use.*\n$`),
  );
  stranger.close();
}, 60_000);

test("truc says in one sentence that nothing runs, and what it does not know", async () => {
  const truc = join(ROOT, "infra/bin/truc.mjs");
  const asked = ["--system", "portal", "--purpose", "CITIZEN_RECORDS", "--data", folder.parent];
  const token = await runCommand(process.execPath, [truc, "token", ...asked]);
  expect(token).toEqual({
    code: 1,
    stdout: "",
    stderr: `No platform runs out of ${folder.parent}: start it with npm start, or name its folder with --data.\n`,
  });
  const unknown = await runCommand(process.execPath, [truc, "tokens"]);
  expect(unknown).toEqual({
    code: 1,
    stdout: "",
    stderr: "Unknown command 'tokens'; --help lists what there is.\n",
  });
  const help = await runCommand(process.execPath, [truc, "--help"]);
  expect(help.code).toBe(0);
  expect(help.stdout).toMatch(/token .*\n.*query /s);
});

test("a folder that holds other things is not filled", async () => {
  const said = await refusal(["--data", folder.parent, "--port", String(await freePorts())]);
  expect(said).toMatch(
    /^The folder .* holds other things than a platform's data: choose an empty or a new one with --data\.\n$/,
  );
});

test("a wrong key file and a lost password file are each said in one sentence", async () => {
  const own = await dataFolder();
  try {
    const options = ["--data", own.data, "--citizens", "100", "--port", String(await freePorts())];
    const first = new PlatformProcess(options);
    await first.shows(READY);
    expect(await first.signal("SIGTERM")).toBe(0);
    const keyFile = join(own.data, "keys", "systems", "portal.json");
    const key = await readFile(keyFile, "utf8");
    await writeFile(keyFile, "{}");
    expect(await refusal(options)).toBe(
      `The file ${keyFile} does not hold a system's private key: remove it and start again.\n`,
    );
    await writeFile(keyFile, "secret text");
    expect(await refusal(options)).toBe(
      `The file ${keyFile} cannot be read (it is not JSON): remove it and start again.\n`,
    );
    await writeFile(keyFile, key);
    await rm(join(own.data, "postgres", "passwords.json"));
    expect(await refusal(options)).toBe(
      "The embedded PostgreSQL does not know the password of passwords.json beside its data: put back the file it was made with.\n",
    );
  } finally {
    await own.remove();
  }
}, 90_000);
