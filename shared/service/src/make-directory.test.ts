import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeDirectory } from "./make-directory.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "truc-directory-"));
});
afterEach(() => rmSync(root, { recursive: true }));

test("makes what is missing above, for the owner alone, and leaves alone what is there", () => {
  const path = join(root, "a", "b", "c");
  makeDirectory(path);
  makeDirectory(path);
  expect([path, join(root, "a")].map((each) => statSync(each).mode & 0o777)).toEqual([
    0o700, 0o700,
  ]);
});

test("a file in the way is an error, below it too", () => {
  writeFileSync(join(root, "file"), "");
  expect(() => makeDirectory(join(root, "file"))).toThrow("EEXIST");
  expect(() => makeDirectory(join(root, "file", "below"))).toThrow("ENOTDIR");
});

test.runIf(process.platform === "linux")(
  "a file system that takes none is an error, not a wait",
  () => {
    expect(() => makeDirectory("/proc/truc/data")).toThrow(/ENOENT|EACCES|EPERM/);
  },
);
