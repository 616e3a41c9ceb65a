import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { JournalStore } from "./journal-store.ts";
import type { RecordBatch } from "./record-store.ts";

const ROUTER = "0d6f6d54-2b52-4d3c-8d7b-4f3c0a1f5d2e";
let directory: string;
let store: JournalStore;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.parse("2026-11-22T23:59:00Z") });
  directory = mkdtempSync(join(tmpdir(), "truc-records-"));
  store = new JournalStore(directory);
});
afterEach(async () => {
  await store.close();
  rmSync(directory, { recursive: true });
  vi.useRealTimers();
});

const batch = (first: number, contexts: Record<string, string>): RecordBatch => ({
  router: ROUTER,
  started: new Date("2026-11-22T00:00:00Z"),
  first,
  month: "2026-11-01",
  written: new Date("2026-11-22T23:59:00.123Z"),
  chain: Buffer.alloc(32, 255),
  count: 2,
  lines: Buffer.from('{"id":"trục"}\n{"id":"b"}\n'),
  contexts: new Map(Object.entries(contexts)),
});

function lines(): unknown[][] {
  return readdirSync(directory)
    .toSorted()
    .map((file) =>
      readFileSync(join(directory, file), "utf8")
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as unknown),
    );
}

test("a batch is one line, and each day's file holds every context its records point to, once", async () => {
  await store.append(batch(1, { d1: "one" }));
  await store.append(batch(3, { d1: "one", d2: "two" }));
  vi.setSystemTime(Date.parse("2026-11-23T00:00:00Z"));
  await store.append(batch(5, { d1: "one" }));
  const line = {
    router: ROUTER,
    first: 1,
    count: 2,
    written: "2026-11-22T23:59:00.123Z",
    chain: "__________________________________________8",
    contexts: ["one"],
    records: ['{"id":"trục"}', '{"id":"b"}'],
  };
  expect(lines()).toEqual([
    [line, { ...line, first: 3, contexts: ["two"] }],
    [{ ...line, first: 5, contexts: ["one"] }],
  ]);
});

test("a batch that comes before midnight, and goes into the next day's file, brings its contexts there", async () => {
  await store.append(batch(1, { d1: "one" }));
  const appended = store.append(batch(3, { d1: "one" }));
  vi.setSystemTime(Date.parse("2026-11-23T00:00:00Z"));
  await appended;
  await store.append(batch(5, { d1: "one" }));
  const contexts = lines().map((file) =>
    file.map((line) => (line as { contexts: unknown }).contexts),
  );
  expect(contexts).toEqual([[["one"]], [["one"], []]]);
});

test("contexts are remembered up to so many, and written once more afterwards", async () => {
  const many = Object.fromEntries(
    Array.from({ length: 20_001 }, (_, index) => [`d${index}`, `${index}`]),
  );
  await store.append(batch(1, many));
  await store.append(batch(3, { d7: "7" }));
  await store.append(batch(5, { d7: "7" }));
  await store.append(batch(7, { d8: "8" }));
  const [file] = lines();
  expect(file!.slice(1).map((line) => (line as { contexts: unknown }).contexts)).toEqual([
    [],
    [],
    ["8"],
  ]);
});

test("counts of refusals have a line of their own", async () => {
  const minute = new Date("2026-11-22T23:58:00Z");
  await store.appendRefusals([
    { router: ROUTER, minute, source: "system:portal", code: "OVERLOADED", count: 3 },
  ]);
  await store.appendRefusals([]);
  expect(lines()).toEqual([
    [
      {
        router: ROUTER,
        refusals: [
          {
            minute: "2026-11-22T23:58:00.000Z",
            source: "system:portal",
            code: "OVERLOADED",
            count: 3,
          },
        ],
      },
    ],
  ]);
});
