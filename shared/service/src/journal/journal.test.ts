import { appendFile, chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { StartupError } from "../startup-error.ts";
import { Journal } from "./journal.ts";

describe("a journal", () => {
  let directory: string;
  let day: Date;
  const now = () => day;
  const file = (date = "2026-11-22") => join(directory, `ships-${date}.jsonl`);
  const lines = async (path = file()) =>
    (await readFile(path, "utf8"))
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
  const open = () => new Journal({ directory, name: "ships", now });

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "truc-journal-"));
    day = new Date("2026-11-22T23:59:59Z");
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  it("holds every line in order when its append has resolved, readable by its owner only", async () => {
    const journal = open();
    await Promise.all(Array.from({ length: 200 }, (_, n) => journal.append({ n })));
    expect(await lines()).toEqual(Array.from({ length: 200 }, (_, n) => ({ n })));
    expect((await stat(file())).mode & 0o777).toBe(0o600);
    await journal.close();
  });

  it("goes on where an earlier process stopped, and cuts off a line that its crash tore", async () => {
    await writeFile(file(), '{"n":1}\n{"n":2}\n{"n":3,"torn');
    const journal = open();
    await journal.append({ n: 4 });
    await journal.close();
    expect(await lines()).toEqual([{ n: 1 }, { n: 2 }, { n: 4 }]);
  });

  it("cuts off even a first line, and one longer than it reads at a time", async () => {
    await writeFile(file(), `{"n":1}\n${"x".repeat(200_000)}`);
    open();
    expect(await readFile(file(), "utf8")).toBe('{"n":1}\n');
    await writeFile(file(), "torn");
    open();
    expect(await readFile(file(), "utf8")).toBe("");
  });

  it("begins a new file each day", async () => {
    const journal = open();
    await journal.append({ n: 1 });
    day = new Date("2026-11-23T00:00:00Z");
    await journal.append({ n: 2 });
    await journal.close();
    expect(await lines()).toEqual([{ n: 1 }]);
    expect(await lines(file("2026-11-23"))).toEqual([{ n: 2 }]);
  });

  it("writes what is waiting before it closes, and nothing after", async () => {
    const journal = open();
    const written = journal.append({ n: 1 });
    await journal.close();
    await written;
    expect(await lines()).toEqual([{ n: 1 }]);
    await expect(journal.append({ n: 2 })).rejects.toThrow("the journal is closed");
  });

  it("rejects an append that fails, and works again when the cause is gone", async () => {
    const journal = open();
    await journal.append({ n: 1 });
    day = new Date("2026-11-23T00:00:00Z");
    await rm(directory, { recursive: true });
    await expect(journal.append({ n: 2 })).rejects.toThrow("ENOENT");
    await mkdir(directory);
    await journal.append({ n: 3 });
    await journal.close();
    expect(await lines(file("2026-11-23"))).toEqual([{ n: 3 }]);
  });

  it("refuses to start in a directory that cannot be one", async () => {
    await appendFile(join(directory, "plain"), "");
    await chmod(join(directory, "plain"), 0o600);
    const path = join(directory, "plain");
    expect(() => new Journal({ directory: path, name: "ships" })).toThrow(StartupError);
    expect(() => new Journal({ directory: path, name: "ships" })).toThrow(
      `The directory ${path} cannot be written to (EEXIST).`,
    );
  });
});
