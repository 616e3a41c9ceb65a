import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync, write } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, test, vi } from "vitest";
import { LogOutlet } from "./log-outlet.ts";

vi.mock("node:fs", async (original) => {
  const fs = await original<typeof import("node:fs")>();
  return { ...fs, write: vi.fn(fs.write) };
});

/** What becomes of the next writes: an error's code, or how many bytes of it are written. */
const next: (string | number)[] = [];
const real = vi.mocked(write).getMockImplementation()! as (...args: unknown[]) => void;

beforeEach(() => {
  next.length = 0;
  vi.mocked(write).mockImplementation(((fd: number, bytes: Buffer, done: Done) => {
    const how = next.shift();
    if (typeof how === "string") setImmediate(() => done(failure(how), 0));
    else real(fd, how === undefined ? bytes : bytes.subarray(0, how), done);
  }) as unknown as typeof write);
});

type Done = (error: NodeJS.ErrnoException | null, written: number) => void;

function failure(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: it cannot be written`), { code });
}

async function opened() {
  const path = join(await mkdtemp(join(tmpdir(), "truc-log-")), "log.jsonl");
  const told: string[] = [];
  const outlet = new LogOutlet(openSync(path, "a"), (sentence) => told.push(sentence));
  return { outlet, told, text: () => readFileSync(path, "utf8") };
}

test("what comes while a write is under way goes out after it, in order", async () => {
  const { outlet, told, text } = await opened();
  for (const each of ["a\n", "b\n", "c\n"]) outlet.write(each);
  await outlet.close();
  expect([text(), told]).toEqual(["a\nb\nc\n", []]);
});

test("a write that was only made in part is gone on with", async () => {
  const { outlet, text } = await opened();
  next.push(2, 1);
  outlet.write("số một\n");
  outlet.write("two\n");
  await outlet.close();
  expect(text()).toBe("số một\ntwo\n");
});

test("a full disk is told once, and nothing is lost when there is room again", async () => {
  const { outlet, told, text } = await opened();
  next.push("ENOSPC", "ENOSPC", 3);
  outlet.write("first\n");
  await vi.waitFor(() => expect(told).toHaveLength(1), 10_000);
  outlet.write("second\n");
  await vi.waitFor(() => expect(text()).toBe("first\nsecond\n"), 10_000);
  expect(told).toEqual([
    "The log cannot be written (ENOSPC: it cannot be written): its lines wait, 16 MiB of them at most. Make room, or see to whoever reads it.",
    "The log is written again.",
  ]);
  next.push("EIO");
  outlet.write("third\n");
  await vi.waitFor(() => expect(told).toHaveLength(3), 10_000);
  await outlet.close();
  expect(text()).toBe("first\nsecond\nthird\n");
});

test("a reader that is busy is nothing to tell", async () => {
  const { outlet, told, text } = await opened();
  next.push("EAGAIN", "EBUSY");
  outlet.write("a\n");
  await vi.waitFor(() => expect(text()).toBe("a\n"), 10_000);
  await outlet.close();
  expect(told).toEqual([]);
});

test("what does not fit any more is dropped by whole lines, and counted", async () => {
  const { outlet, told, text } = await opened();
  next.push("ENOSPC");
  const megabyte = `${"x".repeat(1024 * 1024 - 1)}\n`;
  outlet.write("first\n");
  for (let count = 0; count < 18; count += 1) outlet.write(megabyte);
  await vi.waitFor(() => expect(told).toHaveLength(2), 10_000);
  expect(told[1]).toBe("The log is written again. 2 lines are lost.");
  await outlet.close();
  expect(text()).toBe(`first\n${megabyte.repeat(16)}`);
});

test("whoever waits for all to be written is told when it is, or cannot be", async () => {
  const { outlet, text } = await opened();
  const nothing = vi.fn<() => void>();
  outlet.flush(nothing);
  expect(nothing).toHaveBeenCalledOnce();
  outlet.write("a\n");
  const written = await new Promise<string>((resolve) => outlet.flush(() => resolve(text())));
  expect(written).toBe("a\n");
  next.push("ENOSPC");
  outlet.write("b\n");
  await new Promise<void>((resolve) => outlet.flush(resolve));
  expect(text()).toBe("a\n");
  outlet.flushSync();
  expect(text()).toBe("a\nb\n");
});

test("what comes after the end is dropped, and reaches no file that has the same number now", async () => {
  const { outlet, told, text } = await opened();
  outlet.write("a\n");
  await outlet.close();
  const other = await opened();
  outlet.write("b\n");
  outlet.flushSync();
  await new Promise<void>((resolve) => outlet.flush(resolve));
  other.outlet.write("c\n");
  await other.outlet.close();
  expect([text(), told, other.text()]).toEqual(["a\n", [], "c\n"]);
});

const LOGGING = `
  const { createLog } = await import(${JSON.stringify(new URL("create-log.ts", import.meta.url).href)});
  const log = createLog({ name: "test" });
  log.warn("one");
  const work = setInterval(() => {}, 1_000);
  process.once("SIGUSR2", () => { log.warn("two"); process.exitCode = 7; clearInterval(work); });
`;

test("a process whose output is a full disk says so, lives on, and ends when it is to end", async () => {
  const full = openSync("/dev/full", "w");
  const child = spawn(process.execPath, ["--input-type=module", "--eval", LOGGING], {
    stdio: ["ignore", full, "pipe"],
  });
  closeSync(full);
  let told = "";
  child.stderr!.setEncoding("utf8").on("data", (text: string) => {
    told += text;
  });
  await vi.waitFor(() => expect(told).toContain("\n"), 20_000);
  child.kill("SIGUSR2");
  expect(await once(child, "exit")).toEqual([7, null]);
  expect(told).toBe(
    "The log cannot be written (ENOSPC: no space left on device, write): its lines wait, 16 MiB of them at most. Make room, or see to whoever reads it.\n",
  );
});
