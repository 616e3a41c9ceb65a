import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { verifySegment } from "./segment.ts";
import { merkleTreeHash, SampleKey, SampleLog } from "./testing/sample-log.ts";

// 24 batches of 3, 1, 5, 9, 2, 1, 7, 4 records: batch 6 has positions 21 to 27, batch 8 begins at 32; checkpoints have
// the sizes 18, 32, 50, 64, 82 and 96.
const log = SampleLog.make();
let directory: string;
let folders = 0;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "truc-verifier-"));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const folder = () => join(directory, String(folders++));

/** What is found in a segment, as `kind from-to`, and in words. */
async function found(tampered: SampleLog, files: Record<string, (text: string) => string> = {}) {
  const path = tampered.export(folder());
  for (const [name, change] of Object.entries(files))
    writeFileSync(join(path, name), change(readFileSync(join(path, name), "utf8")));
  return await inFolder(path);
}

async function inFolder(path: string, threads = 0) {
  const { findings, checkpoints } = await verifySegment(path, { keys: [log.key.vkey], threads });
  const short = findings.map(({ kind, from, to }) =>
    from === undefined ? kind : `${kind} ${from}-${to}`,
  );
  return { short, texts: findings.map(({ text }) => text), checkpoints };
}

const linesOf = (text: string) => text.split("\n").slice(0, -1);
const joined = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join("");
const ofLines = (change: (lines: string[]) => string[]) => (text: string) =>
  joined(change(linesOf(text)));

describe("an honest segment", () => {
  test("holds, with every checkpoint's root", async () => {
    expect(await found(log)).toEqual({ short: [], texts: [], checkpoints: 6 });
  });

  test("holds from the middle of the log on, and without any record", async () => {
    const from = log.positionOf(9);
    const path = log.export(folder(), from);
    expect(await inFolder(path)).toEqual({ short: [], texts: [], checkpoints: 4 });
    expect((await inFolder(log.export(folder(), 96))).short).toEqual([]);
    expect((await found(new SampleLog(log.key))).short).toEqual([]);
  });

  test("of many stretches holds on two threads, and what was changed in it is found", async () => {
    const long = new SampleLog(log.key);
    const written = long.secondOf(0);
    for (let index = 0; index < 50; index++) {
      const [first, chain] = [1 + index * 100, Buffer.alloc(32)];
      long.batches.push({ router: "one", first, count: 100, written, chain });
      for (let n = 0; n < 100; n++) long.lines.push(long.line(`${index}/${n}`, written.getTime()));
      if (index % 10 === 9) long.sign(written);
    }
    long.rechain();
    const path = long.export(folder());
    expect(await inFolder(path, 2)).toEqual({ short: [], texts: [], checkpoints: 5 });
    const records = join(path, "records.jsonl");
    const changed = readFileSync(records, "utf8").replace('"30/7"', '"30/8"');
    writeFileSync(records, changed);
    expect((await inFolder(path, 2)).short).toEqual(["changed 3000-3099", "changed 3000-3999"]);
  });
});

describe("changed", () => {
  test("a record's line: its batch is named, and up to which size the tree is as signed", async () => {
    const { short } = await found(log, {
      "records.jsonl": ofLines((lines) => lines.with(23, lines[23]!.replace("120", "121"))),
    });
    expect(short).toEqual(["changed 18-31", "changed 21-27"]);
  });

  test("a record with leaf hashes, chains and tree made anew: what was signed has another root", async () => {
    const tampered = log.copy();
    tampered.lines[23] = tampered.lines[23]!.replace("120", "121");
    tampered.rechain();
    const { short, texts } = await found(tampered);
    expect(short).toEqual(["changed 18-31"]);
    expect(texts).toEqual([
      "not what was signed: the tree of the checkpoint of size 32 and 4 later ones has another root",
    ]);
  });

  test("a context: its records have none, and the line is named", async () => {
    const tampered = log.copy();
    tampered.contexts[2] = tampered.contexts[2]!.replace("CHECK", "CHESS");
    const { short, texts } = await found(tampered);
    expect(short.slice(0, 3)).toEqual([
      "missing context 2-2",
      "missing context 7-7",
      "missing context 12-12",
    ]);
    expect(short.filter((each) => each.startsWith("missing context"))).toHaveLength(19);
    expect(texts.at(-1)).toMatch(
      /^line 3 of contexts\.jsonl is \S{43}, and no record points to it$/,
    );
  });

  test("where a router stood before the segment", async () => {
    const path = log.export(folder(), 18);
    const head = JSON.parse(readFileSync(join(path, "segment.json"), "utf8"));
    const [router] = Object.keys(head.routers);
    head.routers[router!].next += 1;
    writeFileSync(join(path, "segment.json"), JSON.stringify(head));
    expect((await inFolder(path)).short).toEqual(["inserted 21-27"]);
  });

  test("the tree before the segment", async () => {
    const path = log.export(folder(), 18);
    const head = JSON.parse(readFileSync(join(path, "segment.json"), "utf8"));
    head.left.reverse();
    writeFileSync(join(path, "segment.json"), JSON.stringify(head));
    expect((await inFolder(path)).short).toEqual(["changed 18-18", "changed 18-31"]);
  });
});

describe("removed", () => {
  test("a record's line: its batch is named, and what follows still belongs to its own", async () => {
    const { short, texts } = await found(log, {
      "records.jsonl": ofLines((lines) => lines.toSpliced(23, 1)),
    });
    expect(short).toEqual(["removed 21-27"]);
    expect(texts[0]).toContain("1 of the 7 that were written here are missing");
  });

  test("a whole batch, its line in the order as well", async () => {
    const { short } = await found(log, {
      "records.jsonl": ofLines((lines) => lines.toSpliced(21, 7)),
      "order.jsonl": ofLines((lines) => lines.toSpliced(6, 1)),
    });
    expect(short).toEqual(["removed 21-27", "removed 35-35"]);
  });

  test("a record, and everything made anew but signatures", async () => {
    const tampered = log.copy();
    tampered.lines.splice(23, 1);
    tampered.batches[6]!.count -= 1;
    tampered.renumber();
    tampered.rechain();
    const signed = () => joined(log.checkpoints.map((each) => JSON.stringify(each)));
    expect((await found(tampered, { "checkpoints.jsonl": signed })).short).toEqual([
      "changed 18-31",
      "removed 95-95",
    ]);
  });

  test("the segment's end, and the checkpoint after it", async () => {
    const { short } = await found(log, {
      "records.jsonl": ofLines((lines) => lines.slice(0, 82)),
      "order.jsonl": ofLines((lines) => lines.slice(0, 20)),
    });
    expect(short).toEqual(["removed 82-95", "removed 82-95"]);
  });

  test("all checkpoints after one: nobody signed for what follows", async () => {
    const { short, texts } = await found(log, {
      "checkpoints.jsonl": ofLines((lines) => lines.slice(0, 2)),
    });
    expect(short).toEqual(["inserted 32-95"]);
    expect(texts).toEqual(["no checkpoint that was signed with the key covers them"]);
  });

  test("only a batch's line: its records are there, and the tree is as signed", async () => {
    const { short, checkpoints } = await found(log, {
      "order.jsonl": ofLines((lines) => lines.toSpliced(6, 1)),
    });
    expect(short).toEqual(["removed 21-27", "removed 35-35"]);
    expect(checkpoints).toBe(6);
  });
});

describe("inserted", () => {
  const forged = () => log.line("forged", log.secondOf(6).getTime());

  test("a line: where it stands is found, and without it the rest is as signed", async () => {
    const { short, checkpoints } = await found(log, {
      "records.jsonl": ofLines((lines) => lines.toSpliced(24, 0, forged())),
    });
    expect([short, checkpoints]).toEqual([["inserted 24-24"], 6]);
  });

  test("a line between batches, and one at the end", async () => {
    const { short, checkpoints } = await found(log, {
      "records.jsonl": ofLines((lines) => [...lines.toSpliced(21, 0, forged()), forged()]),
    });
    expect([short, checkpoints]).toEqual([["inserted 21-21", "inserted 96-96"], 6]);
  });

  test("nothing but a line behind the last one, whole or torn", async () => {
    const whole = await found(log, { "records.jsonl": (text) => `${text}${forged()}\n` });
    expect([whole.short, whole.checkpoints]).toEqual([["inserted 96-96"], 6]);
    const torn = await found(log, { "records.jsonl": (text) => `${text}${forged()}` });
    expect([torn.short, torn.checkpoints]).toEqual([["torn"], 6]);
  });

  test("a batch of a router, and everything made anew but signatures", async () => {
    const tampered = log.copy();
    tampered.lines.splice(21, 0, forged());
    tampered.batches.splice(6, 0, { ...log.batches[6]!, count: 1 });
    tampered.renumber();
    tampered.rechain();
    expect((await found(tampered)).short).toEqual(["changed 18-31", "inserted 96-96"]);
  });

  test("records that are in the log already", async () => {
    const tampered = log.copy();
    const again = { ...log.batches[6]! };
    tampered.lines.push(...log.lines.slice(21, 28));
    tampered.batches.push(again);
    const { short } = await found(tampered);
    expect(short).toEqual(["inserted 96-102", "inserted 96-102"]);
  });
});

describe("reordered", () => {
  test("two records of a batch: which, and in their own order the rest is as signed", async () => {
    const { short, texts, checkpoints } = await found(log, {
      "records.jsonl": ofLines((lines) => lines.with(22, lines[26]!).with(26, lines[22]!)),
    });
    expect([short, checkpoints]).toEqual([["reordered 22-26"], 6]);
    expect(texts).toEqual(["records 22 and 26 have changed places"]);
  });

  test("the records of two batches", async () => {
    const { short, checkpoints } = await found(log, {
      "records.jsonl": ofLines((lines) => [
        ...lines.slice(0, 9),
        ...lines.slice(18, 20),
        ...lines.slice(9, 18),
        ...lines.slice(20),
      ]),
    });
    expect([short, checkpoints]).toEqual([["reordered 9-19"], 6]);
  });

  test("two batches of one router, lines and order", async () => {
    const tampered = log.copy();
    const [early, late] = [tampered.batches[3]!, tampered.batches[6]!];
    tampered.batches[3] = late;
    tampered.batches[6] = early;
    const lines = log.lines;
    tampered.lines = [
      ...lines.slice(0, 9),
      ...lines.slice(21, 28),
      ...lines.slice(18, 21),
      ...lines.slice(9, 18),
      ...lines.slice(28),
    ];
    const { short } = await found(tampered);
    expect(short).toEqual(["changed 0-17", "reordered 19-27"]);
  });

  test("two batches of different routers, everything made anew but signatures", async () => {
    const tampered = log.copy();
    [tampered.batches[6], tampered.batches[7]] = [tampered.batches[7]!, tampered.batches[6]!];
    tampered.lines = [
      ...log.lines.slice(0, 21),
      ...log.lines.slice(28, 32),
      ...log.lines.slice(21, 28),
      ...log.lines.slice(32),
    ];
    tampered.rechain();
    expect((await found(tampered)).short).toEqual(["changed 18-31"]);
  });

  test("checkpoints", async () => {
    const { short } = await found(log, {
      "checkpoints.jsonl": ofLines((lines) => lines.with(1, lines[2]!).with(2, lines[1]!)),
    });
    expect(short).toEqual(["reordered"]);
  });
});

describe("backdated", () => {
  test("a record whose time alone was changed", async () => {
    const early = log.secondOf(6).getTime() - 3_600_000;
    const { short, texts } = await found(log, {
      "records.jsonl": ofLines((lines) =>
        lines.with(23, lines[23]!.replace(/"time":\d+/, `"time":${early}`)),
      ),
    });
    expect(short).toEqual(["changed 18-31", "changed 21-27", "backdated 23-23"]);
    expect(texts[2]).toBe(
      "arrived at 2026-03-01T09:00:06.000Z, as it says, but was written at 2026-03-01T10:00:06.000Z",
    );
  });

  test("a batch that stands behind a later checkpoint, everything made anew but signatures", async () => {
    const tampered = log.copy();
    const early = new Date(log.secondOf(6).getTime() - 3_600_000);
    tampered.lines.splice(21, 0, log.line("forged", early.getTime() - 5));
    const router = "6f1cd1c0-0000-4000-8000-000000000009";
    const forged = { router, first: 1, count: 1, written: early, chain: Buffer.alloc(32) };
    tampered.batches.splice(6, 0, forged);
    tampered.rechain();
    expect((await found(tampered)).short).toEqual([
      "changed 18-31",
      "backdated 21-21",
      "inserted 96-96",
    ]);
  });

  test("by whoever holds a router's place: the log orders and signs it, and it is behind what was signed before", async () => {
    const tampered = SampleLog.make(8);
    const early = new Date(tampered.secondOf(8).getTime() - 3_600_000);
    tampered.write(0, 2, early, { clockBack: true });
    tampered.sign(tampered.secondOf(9));
    const path = tampered.export(folder());
    const { findings } = await verifySegment(path, { keys: [tampered.key.vkey] });
    expect(findings).toEqual([
      {
        kind: "backdated",
        from: 32,
        to: 33,
        text: "written at 2026-03-01T09:00:08.000Z, as it says, but it is in the log after a checkpoint of 2026-03-01T10:00:07.000Z",
      },
    ]);
  });

  test("a checkpoint that says an earlier time than one before it", async () => {
    const tampered = SampleLog.make(4);
    tampered.write(0, 2, tampered.secondOf(4));
    tampered.sign(tampered.secondOf(1));
    const path = tampered.export(folder());
    const { findings } = await verifySegment(path, { keys: [tampered.key.vkey] });
    expect(findings).toEqual([
      {
        kind: "backdated",
        text: "checkpoints.jsonl has the checkpoint of size 20 of 2026-03-01T10:00:01.000Z behind one of 2026-03-01T10:00:03.000Z",
      },
    ]);
  });

  test("a batch written before its router's last one, unless a record says that the clock went back", async () => {
    for (const [further, expected] of [
      [{}, ["backdated 32-33"]],
      [{ clockBack: true }, []],
    ] as const) {
      const tampered = SampleLog.make(8);
      tampered.write(0, 2, new Date(tampered.secondOf(6).getTime() - 2_000), further);
      tampered.sign(tampered.secondOf(9));
      const path = tampered.export(folder());
      const { findings } = await verifySegment(path, { keys: [tampered.key.vkey] });
      expect(findings.map(({ kind, from, to }) => `${kind} ${from}-${to}`)).toEqual(expected);
    }
  });
});

describe("forked", () => {
  /** The log as it might have been: another record at position 40. */
  const other = log.copy();
  other.lines[40] = other.lines[40]!.replace("120", "99");

  test("two checkpoints of one size, both signed with the key", async () => {
    const tampered = log.copy();
    const note = log.key.checkpoint(log.origin, other.lines.slice(0, 50), log.secondOf(11));
    tampered.checkpoints.splice(3, 0, { size: 50, note });
    const { short, texts } = await found(tampered);
    expect(short).toEqual(["forked 32-49"]);
    expect(texts).toEqual(["two trees of size 50 were signed with the key"]);
  });

  test("a signed checkpoint out of which the later ones did not grow", async () => {
    const tampered = log.copy();
    const note = log.key.checkpoint(log.origin, other.lines.slice(0, 45), log.secondOf(10));
    tampered.checkpoints.splice(2, 0, { size: 45, note });
    expect((await found(tampered)).short).toEqual(["forked 32-44"]);
  });
});

describe("foreign signature", () => {
  test("all checkpoints by another key of the same name", async () => {
    const { short } = await found(SampleLog.make());
    expect(short).toEqual(["foreign signature 0-95", ...Array(6).fill("foreign signature")]);
  });

  test("one checkpoint, over a tree that is right", async () => {
    const tampered = log.copy();
    const foreign = new SampleKey(log.key.name);
    const note = foreign.checkpoint(log.origin, log.lines.slice(0, 50), log.secondOf(11));
    tampered.checkpoints[2] = { size: 50, note };
    const { short, texts, checkpoints } = await found(tampered);
    expect([short, checkpoints]).toEqual([["foreign signature"], 5]);
    expect(texts).toEqual([
      'the checkpoint of size 50 is signed by "audit.example/log", with no key that was given',
    ]);
  });

  test("a signature that was changed, and a checkpoint of another log under the same key", async () => {
    const tampered = log.copy();
    const [first] = tampered.checkpoints;
    tampered.checkpoints[0] = { size: 18, note: first!.note.replace("2026", "2025") };
    const note = log.key.checkpoint("other.example/log", log.lines.slice(0, 50), log.secondOf(11));
    tampered.checkpoints[2] = { size: 50, note };
    expect((await found(tampered)).short).toEqual(["foreign signature", "foreign signature"]);
  });
});

describe("what could not be read when the segment was written", () => {
  const leaves = (...positions: number[]) =>
    joined(
      positions.map((position) =>
        JSON.stringify({
          position,
          leaf: merkleTreeHash([log.lines[position]!]).toString("base64"),
        }),
      ),
    );
  /** With leaves in place of some lines. */
  async function lost(positions: number[], files: Record<string, (text: string) => string>) {
    const path = log.export(folder());
    writeFileSync(join(path, "leaves.jsonl"), leaves(...positions));
    for (const [name, change] of Object.entries(files))
      writeFileSync(join(path, name), change(readFileSync(join(path, name), "utf8")));
    return await inFolder(path);
  }

  test("a record: nothing is known but its place, and all others are as signed", async () => {
    const found = await lost([23], { "records.jsonl": ofLines((lines) => lines.with(23, "")) });
    expect([found.short, found.checkpoints]).toEqual([["unreadable 23-23"], 6]);
  });

  test("another line in a record's place", async () => {
    const found = await lost([23], { "records.jsonl": ofLines((lines) => lines.with(23, "{}")) });
    expect([found.short, found.checkpoints]).toEqual([["changed 23-23"], 6]);
  });

  test.each([
    [6, [21, 22, 23, 24, 25, 26, 27], ["unreadable 21-27", "removed 21-27", "removed 35-35"]],
    [23, [92, 93, 94, 95], ["unreadable 92-95", "removed 92-95"]],
  ])("batch %i, of which there is no line in the order", async (batch, positions, expected) => {
    const found = await lost(positions, {
      "records.jsonl": ofLines((lines) =>
        lines.map((line, position) => (positions.includes(position) ? "" : line)),
      ),
      "order.jsonl": ofLines((lines) => lines.toSpliced(batch, 1)),
    });
    expect([found.short.toSorted(), found.checkpoints]).toEqual([expected.toSorted(), 6]);
  });
});

describe("what cannot be read", () => {
  test("a line that is no record is named, and is a leaf all the same", async () => {
    const broken = SampleLog.make(4);
    broken.lines[5] = '{"id":"half';
    broken.rechain();
    broken.checkpoints = [];
    broken.sign(broken.secondOf(4));
    const path = broken.export(folder());
    const { findings } = await verifySegment(path, { keys: [broken.key.vkey] });
    expect(findings).toEqual([
      { kind: "unreadable", from: 5, to: 5, text: "the line is no record" },
    ]);
  });

  test("files that end within a line", async () => {
    const { short } = await found(log, {
      "records.jsonl": (text) => text.slice(0, -10),
      "checkpoints.jsonl": (text) => text.slice(0, -10),
      "contexts.jsonl": (text) => `${text}{"half`,
    });
    expect(short).toEqual(["removed 92-95", "torn", "torn", "torn"]);
  });

  test("lines of the order and of the checkpoints that are none", async () => {
    const { short } = await found(log, {
      "order.jsonl": ofLines((lines) => lines.with(6, "{}")),
      "checkpoints.jsonl": ofLines((lines) => lines.with(1, "nothing")),
    });
    expect(short).toEqual(["unreadable 21-21", "removed 21-27", "removed 35-35", "unreadable"]);
  });
});
