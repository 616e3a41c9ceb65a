import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLog } from "@truc/service/process";
import { expect, test, vi } from "vitest";
import type { Federation } from "./federation.ts";
import { followSupergraph } from "./supergraph-file.ts";

/** How often the file cannot be read from now on. */
const failing = vi.hoisted(() => ({ times: 0 }));
vi.mock("node:fs/promises", async (original) => {
  const real = await original<typeof import("node:fs/promises")>();
  return {
    ...real,
    readFile: async (...asked: Parameters<typeof real.readFile>) => {
      if (failing.times === 0) return await real.readFile(...asked);
      failing.times -= 1;
      throw new Error("EACCES: permission denied");
    },
  };
});

test("one that cannot be read for a moment is told once, and served as soon as it can be", async () => {
  const directory = mkdtempSync(join(tmpdir(), "truc-supergraph-"));
  const path = join(directory, "supergraph.graphql");
  const served: string[] = [];
  const federation = {
    replace: async (text: string) => {
      served.push(text);
      if (text === "worse") throw new Error("it is worse");
    },
  } as unknown as Federation;
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  writeFileSync(path, "one");
  const stop = followSupergraph(path, federation, createLog({ name: "test", destination }));
  await expect.poll(() => served).toEqual(["one"]);
  failing.times = 2;
  writeFileSync(path, "another");
  await expect.poll(() => served).toEqual(["one", "another"]);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain("EACCES: permission denied");
  // What is refused for what it says is not tried again.
  writeFileSync(path, "worse");
  await expect.poll(() => lines.length).toBe(2);
  writeFileSync(path, "a third");
  await expect.poll(() => served).toEqual(["one", "another", "worse", "a third"]);
  stop();
  rmSync(directory, { recursive: true });
});
