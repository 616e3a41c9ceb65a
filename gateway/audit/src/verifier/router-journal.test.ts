import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { verifyRouterJournal } from "./router-journal.ts";
import { SampleLog } from "./testing/sample-log.ts";

const log = SampleLog.make();
const NAME = "router-2026-03-01.jsonl";

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "truc-router-journal-"));
  file = join(folder, NAME);
  let position = 0;
  const lines = log.batches.map(({ router, first, count, written, chain }, index) => {
    const records = log.lines.slice(position, (position += count));
    const contexts = index === 0 ? log.contexts : [];
    return { router, first, count, written, chain: chain.toString("base64url"), contexts, records };
  });
  const counts = { router: log.batches[0]!.router, refusals: [] };
  writeFileSync(
    file,
    [...lines.slice(0, 9), counts, ...lines.slice(9)]
      .map((line) => `${JSON.stringify(line)}\n`)
      .join(""),
  );
  // Journals of others beside it are none of a router's.
  writeFileSync(join(folder, "ships-2026-03-01.jsonl"), "{}\n");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function found(change: (lines: string[]) => string[] = (lines) => lines, tail = ""): string[] {
  const lines = readFileSync(file, "utf8").split("\n").slice(0, -1);
  writeFileSync(
    file,
    change(lines)
      .map((line) => `${line}\n`)
      .join("") + tail,
  );
  return verifyRouterJournal(folder).findings.map(({ kind, from, to }) =>
    from === undefined ? kind : `${kind} ${from}-${to}`,
  );
}

describe("a router's journal", () => {
  test("holds", () => {
    expect(verifyRouterJournal(folder)).toEqual({
      folder,
      records: 96,
      routers: 3,
      findings: [],
      more: 0,
    });
  });

  test("holds with a batch that a full disk left there twice", () => {
    expect(found((lines) => lines.toSpliced(7, 0, lines[6]!))).toEqual([]);
  });

  test("a record that was changed", () => {
    expect(found((lines) => lines.with(6, lines[6]!.replace(":120,", ":121,")))).toEqual([
      "changed 21-27",
    ]);
  });

  test("a batch that was removed", () => {
    expect(found((lines) => lines.toSpliced(6, 1))).toEqual(["removed 28-28"]);
  });

  test("a batch that was put in", () => {
    const again = (lines: string[]) => lines.toSpliced(12, 0, lines[6]!);
    expect(found(again)).toEqual(["inserted 41-47"]);
  });

  test("the day's contexts", () => {
    const without = (line: string) => JSON.stringify({ ...JSON.parse(line), contexts: [] });
    expect(found((lines) => lines.with(0, without(lines[0]!)))[0]).toMatch(/^missing context/);
  });

  test("lines that cannot be read, and a torn one", () => {
    expect(found((lines) => lines.with(9, "{}"), '{"router"')).toEqual([
      "unreadable 35-35",
      "torn",
    ]);
  });
});
