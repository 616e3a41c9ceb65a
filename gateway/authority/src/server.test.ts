import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { createTestDatabase, databaseServers } from "@truc/service/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { jsonFile } from "./test-authority.ts";

let directory: string;
let database: Awaited<ReturnType<typeof createTestDatabase>>;
let taken: Server;
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "truc-authority-"));
  database = await createTestDatabase(databaseServers()[0]!);
  taken = createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  await writeFile(path.join(directory, "open.json"), "{}", { mode: 0o644 });
  await writeFile(path.join(directory, "broken.json"), "{}", { mode: 0o600 });
  await jsonFile(directory, "permit-secrets.json", {
    keys: [{ kid: "k", secret: "s".repeat(43) }],
  });
});
afterAll(async () => {
  taken.close();
  await database.drop();
  await rm(directory, { recursive: true });
});

/** The authority as a process of its own, with settings that are right but for `changes`. */
function run(changes: Record<string, string>) {
  const child = spawn(process.execPath, [new URL("server.ts", import.meta.url).pathname], {
    env: {
      PATH: process.env["PATH"],
      PORT: "0",
      ISSUER: "http://127.0.0.1:4001",
      DATABASE_URL: database.url,
      SIGNING_KEYS: path.join(directory, "signing-keys.json"),
      SECRETS: path.join(directory, "secrets.json"),
      PERMIT_SECRETS: path.join(directory, "permit-secrets.json"),
      FEED_SECRETS: path.join(directory, "permit-secrets.json"),
      JOURNAL: path.join(directory, "journal"),
      ...changes,
    },
  });
  const output = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk: Buffer) => (output.stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output.stderr += chunk.toString()));
  return { child, output, ended: once(child, "close") as Promise<[number]> };
}

test("starts as a process of its own, makes its private files, and stops on SIGTERM", async () => {
  const { child, output, ended } = run({});
  await expect.poll(() => output.stdout, { timeout: 20_000 }).toContain('"msg":"ready"');
  for (const file of ["signing-keys.json", "secrets.json"]) {
    expect((await stat(path.join(directory, file))).mode & 0o777).toBe(0o600);
  }
  child.kill("SIGTERM");
  expect((await ended)[0]).toBe(0);
});

test.each<[string, () => Record<string, string>, RegExp]>([
  ["no database", () => ({ DATABASE_URL: "" }), /DATABASE_URL/],
  [
    "a database that does not answer",
    () => ({ DATABASE_URL: "postgresql://x@127.0.0.1:1/x" }),
    /database does not answer/,
  ],
  ["no file for its keys", () => ({ SIGNING_KEYS: "" }), /SIGNING_KEYS/],
  [
    "keys that others can read",
    () => ({ SIGNING_KEYS: path.join(directory, "open.json") }),
    /open\.json, can be read by others/,
  ],
  [
    "broken keys",
    () => ({ SIGNING_KEYS: path.join(directory, "broken.json") }),
    /broken\.json, is broken/,
  ],
  [
    "broken secrets",
    () => ({ SECRETS: path.join(directory, "broken.json") }),
    /broken\.json, is broken/,
  ],
  [
    "an issuer in plain http on the network",
    () => ({ ISSUER: "http://authority.example" }),
    /ISSUER must be the address/,
  ],
  [
    "an issuer with a path",
    () => ({ ISSUER: "https://authority.example/x" }),
    /ISSUER must be the address/,
  ],
  [
    "an unknown issuer",
    () => ({ ISSUER: "" }),
    /ISSUER is missing: it must be set when the system chooses the port/,
  ],
  [
    "an audience that is no URI",
    () => ({ AUDIENCE: "gateway" }),
    /AUDIENCE must be an absolute URI/,
  ],
  ["no secrets for its registry", () => ({ PERMIT_SECRETS: "" }), /PERMIT_SECRETS/],
  ["no directory for its journals", () => ({ JOURNAL: "" }), /JOURNAL/],
  [
    "a journal that cannot be",
    () => ({ JOURNAL: path.join(directory, "open.json") }),
    /open\.json cannot be written to/,
  ],
  [
    "broken secrets of the feed",
    () => ({ FEED_SECRETS: path.join(directory, "broken.json") }),
    /the feed's secrets, .*broken\.json, is broken/,
  ],
  [
    "no such secrets of the feed",
    () => ({ FEED_SECRETS: path.join(directory, "none.json") }),
    /the feed's secrets, .*none\.json, cannot be read \(ENOENT\)/,
  ],
  [
    "operator's keys that are none",
    () => ({ OPERATOR_KEYS: path.join(directory, "broken.json") }),
    /the operator's keys, .*broken\.json, is broken/,
  ],
  ["another kind of sign-in", () => ({ SIGN_IN: "real" }), /SIGN_IN must be test or off/],
  [
    "test people and no test sign-in",
    () => ({ TEST_PEOPLE: path.join(directory, "open.json") }),
    /TEST_PEOPLE must not be set unless SIGN_IN is test/,
  ],
  [
    "test people that are none",
    () => ({ SIGN_IN: "test", TEST_PEOPLE: path.join(directory, "open.json") }),
    /test people, .*open\.json, is wrong/,
  ],
  [
    "a port in use",
    () => ({ PORT: String((taken.address() as AddressInfo).port) }),
    /^Port \d+ on 127\.0\.0\.1 is in use/,
  ],
])("refuses to start with %s: one sentence, exit 1", async (_what, changes, sentence) => {
  const { output, ended } = run(changes());
  expect((await ended)[0]).toBe(1);
  const lines = output.stderr
    .trim()
    .split("\n")
    .filter((line) => !/Deprecation|trace-warnings/.test(line));
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(sentence);
});
