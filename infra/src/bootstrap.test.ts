import { spawnSync } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ROOT } from "./federation.ts";

const LOCK = {
  packages: {
    "": { name: "somewhere" },
    infra: { version: "0.1.0" },
    "node_modules/@truc/infra": { resolved: "infra", link: true },
    "node_modules/one": { version: "1.0.0", integrity: "sha512-one" },
    "node_modules/for-another-platform": {
      version: "1.0.0",
      integrity: "sha512-two",
      optional: true,
    },
  },
};
let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "truc-bootstrap-"));
  await mkdir(join(root, "infra"));
  await mkdir(join(root, "node_modules"));
  await cp(join(ROOT, "infra", "bootstrap.mjs"), join(root, "infra", "bootstrap.mjs"));
  await writeFile(join(root, "package-lock.json"), JSON.stringify(LOCK));
});
afterEach(async () => await rm(root, { recursive: true, force: true }));

async function installed(packages: Record<string, unknown>): Promise<void> {
  await writeFile(join(root, "node_modules", ".package-lock.json"), JSON.stringify({ packages }));
}

/** Runs the bootstrap with a stand-in for npm that notes how it was called. */
async function bootstrap(npm = "") {
  const standIn = join(root, "npm.cjs");
  await writeFile(
    standIn,
    `require("fs").writeFileSync("called", process.argv.slice(2).join(" "));\n${npm}`,
  );
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(root, "infra", "bootstrap.mjs")],
    {
      encoding: "utf8",
      env: { ...process.env, npm_execpath: standIn },
    },
  );
  const called = await readFile(join(root, "called"), "utf8").catch(() => null);
  return { status, stdout, stderr, called };
}

test("it is silent when everything of the lock file is there", async () => {
  await installed({ "node_modules/one": LOCK.packages["node_modules/one"] });
  expect(await bootstrap()).toEqual({ status: 0, stdout: "", stderr: "", called: null });
});

test.each([
  ["nothing is there", null],
  ["a package is missing", {}],
  [
    "a package is of another version",
    { "node_modules/one": { version: "0.9.0", integrity: "sha512-one" } },
  ],
  [
    "an optional package is of another version",
    {
      "node_modules/one": LOCK.packages["node_modules/one"],
      "node_modules/for-another-platform": { version: "0.9.0", integrity: "sha512-old" },
    },
  ],
])("it installs when %s", async (_, packages) => {
  if (packages !== null) await installed(packages);
  const { status, stderr, called } = await bootstrap();
  expect({ status, called }).toEqual({
    status: 0,
    called: "ci --no-audit --no-fund --loglevel=error",
  });
  expect(stderr).toMatch(/^Installing the packages .*\n$/);
});

test("what it installed is not installed again, until the lock file changes", async () => {
  expect((await bootstrap()).called).not.toBeNull();
  await rm(join(root, "called"));
  expect(await bootstrap()).toEqual({ status: 0, stdout: "", stderr: "", called: null });
  await writeFile(join(root, "package-lock.json"), JSON.stringify({ ...LOCK, name: "changed" }));
  expect((await bootstrap()).called).not.toBeNull();
});

test("it says in one sentence why npm failed", async () => {
  const { status, stderr } = await bootstrap(`
    console.error("npm error code ENOTFOUND\\nnpm error syscall getaddrinfo\\nnpm error network request to the registry failed");
    process.exit(1);`);
  expect(status).toBe(1);
  expect(stderr.split("\n")[1]).toBe(
    "The packages could not be installed, npm ci ended with: ENOTFOUND: network request to the registry failed",
  );
  expect(stderr.trimEnd().split("\n")).toHaveLength(2);
});
