import { pino } from "pino";
import { expect, test, vi } from "vitest";
import { GatheredLines } from "./gathered-lines.ts";

/** Writes as they reach the kernel. */
class Written {
  readonly texts: string[] = [];
  flushes = 0;

  write(text: string): void {
    this.texts.push(text);
  }

  flush(done?: () => void): void {
    done?.();
  }

  flushSync(): void {
    this.flushes += 1;
  }
}

function started() {
  const written = new Written();
  const lines = new GatheredLines(written);
  return { written, lines, log: pino({ base: null, timestamp: false }, lines) };
}

const line = (level: number, msg: string): string => `{"level":${level},"msg":"${msg}"}\n`;

test("lines of some milliseconds are written together, in their order", async () => {
  const { written, log } = started();
  log.info("a");
  log.info("b");
  expect(written.texts).toEqual([]);
  await vi.waitFor(() => expect(written.texts).toEqual([line(30, "a") + line(30, "b")]), 10_000);
});

test("a warning takes what stands before it along at once", () => {
  const { written, log } = started();
  log.info("a");
  log.warn("b");
  expect(written.texts).toEqual([line(30, "a") + line(40, "b")]);
  log.error("c");
  expect(written.texts).toHaveLength(2);
});

test("much is not gathered for long", () => {
  const { written, log } = started();
  for (let count = 0; count < 17; count += 1) log.info("x".repeat(1_024));
  expect(written.texts).toHaveLength(1);
});

test("nothing is left behind when the process ends or somebody asks for all", () => {
  const { written, lines, log } = started();
  log.info("a");
  const done = vi.fn<() => void>();
  log.flush(done);
  expect(written.texts).toEqual([line(30, "a")]);
  expect(done).toHaveBeenCalledOnce();
  log.info("b");
  process.listeners("exit")[0]!(0);
  expect(written.texts).toEqual([line(30, "a"), line(30, "b")]);
  expect(written.flushes).toBe(1);
  lines.flushSync();
  expect(written.texts).toHaveLength(2);
});
