import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LogOptions, verifyLog } from "./log.ts";
import { consistencyProof, SampleKey, SampleLog } from "./testing/sample-log.ts";

// 96 records; checkpoints of the sizes 18, 32, 50, 64, 82 and 96.
const log = SampleLog.make();
let directory: string;
let folders = 0;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "truc-verifier-"));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const exported = (from: number, to: number, of = log) =>
  of.export(join(directory, String(folders++)), from, to);

async function found(paths: readonly string[], options: Partial<LogOptions> = {}) {
  const { findings, warnings } = await verifyLog(paths, { keys: [log.key.vkey], ...options });
  return {
    short: findings.map(({ kind, from, to }) =>
      from === undefined ? kind : `${kind} ${from}-${to}`,
    ),
    warnings,
  };
}

/** The log as it might have gone on after 50 records, under the same key. */
const other = log.copy();
other.lines[55] = other.lines[55]!.replace("120", "99");
other.rechain();
other.checkpoints = other.checkpoints.slice(0, 3);
for (const size of [64, 82, 96])
  other.checkpoints.push({
    size,
    note: log.key.checkpoint(log.origin, other.lines.slice(0, size), log.secondOf(24)),
  });

describe("segments of one log", () => {
  test("that follow each other hold as one, in whatever order they are given", async () => {
    const paths = [exported(50, 82), exported(82, 96), exported(0, 50)];
    expect(await found(paths)).toEqual({ short: [], warnings: [] });
  });

  test("one left out is missed", async () => {
    expect((await found([exported(0, 32), exported(50, 96)])).short).toEqual(["removed 32-49"]);
  });

  test("a router's chain that does not go on where it ended", async () => {
    const path = exported(50, 96);
    const head = JSON.parse(readFileSync(join(path, "segment.json"), "utf8"));
    // A router that has written nothing since: no chain in the segment shows it.
    const [id, state] = Object.entries<{ next: number }>(head.routers)[0]!;
    head.routers = { ...head.routers, [id]: { ...state, next: state.next + 1 } };
    writeFileSync(join(path, "segment.json"), JSON.stringify(head));
    const { findings } = await verifyLog([exported(0, 50), path], { keys: [log.key.vkey] });
    expect(findings).toContainEqual({
      kind: "changed",
      from: 50,
      to: 50,
      text: `router ${id} does not begin where it ends in ${join(directory, String(folders - 1))}`,
      where: path,
    });
  });

  test("of another log, or under another log's key", async () => {
    const foreign = SampleLog.make();
    Object.assign(foreign, { origin: "other.example/log" });
    foreign.checkpoints = foreign.checkpoints.map(({ size }) => ({
      size,
      note: foreign.key.checkpoint(foreign.origin, foreign.lines.slice(0, size), new Date(0)),
    }));
    const keys = [log.key.vkey, foreign.key.vkey];
    const { short } = await found([exported(0, 50), exported(50, 96, foreign)], { keys });
    expect(short).toContain("foreign signature");
  });

  test("a folder that is none, and one without all its files", async () => {
    const half = exported(0, 50);
    rmSync(join(half, "contexts.jsonl"));
    expect((await found([half, join(directory, "nowhere")])).short).toEqual([
      "unreadable",
      "unreadable",
    ]);
  });
});

describe("a forked tree", () => {
  test("two exports of one stretch, each whole and signed", async () => {
    expect((await found([exported(0, 96, other)])).short).toEqual([]);
    const { short } = await found([exported(0, 96), exported(0, 96, other)]);
    expect(short).toEqual(["forked 82-95", "forked 82-95"]);
  });

  test("two exports of inconsistent sizes", async () => {
    const { short } = await found([exported(0, 64, other), exported(0, 96)]);
    expect(short).toEqual(["forked 50-63"]);
  });

  test("a segment that goes on from another tree than the one before ends with", async () => {
    const { short } = await found([exported(0, 64), exported(64, 96, other)]);
    expect(short).toContain("forked 64-64");
  });
});

describe("checkpoints kept elsewhere", () => {
  const noteOf = (size: number, of = log) =>
    log.key.checkpoint(log.origin, of.lines.slice(0, size), log.secondOf(24));
  const proof = (from: number, to: number, of = log) => ({
    from,
    to,
    proof: consistencyProof(from, of.lines.slice(0, to)).map((each) => each.toString("base64")),
  });

  test("of a size in the segment, that the log grew out of", async () => {
    const checkpoints = [noteOf(57)];
    expect(await found([exported(0, 96)], { checkpoints })).toEqual({ short: [], warnings: [] });
  });

  test("of a size in the segment, that it did not: the tree is forked", async () => {
    const checkpoints = [noteOf(57, other)];
    expect((await found([exported(0, 96)], { checkpoints })).short).toEqual(["forked 50-56"]);
  });

  test("not signed with the key", async () => {
    const foreign = new SampleKey(log.key.name);
    const checkpoints = [foreign.checkpoint(log.origin, log.lines.slice(0, 57), new Date(0))];
    expect((await found([exported(0, 96)], { checkpoints })).short).toEqual(["foreign signature"]);
  });

  test.each([30, 32, 49])(
    "earlier than the segment, of size %i: by a consistency proof",
    async (size) => {
      const path = exported(50, 96);
      const checkpoints = [noteOf(size)];
      expect((await found([path], { checkpoints })).warnings).toEqual([
        `the checkpoint of size ${size} lies in none of the segments: a consistency proof would tie it to them`,
      ]);
      const proofs = [proof(size, 50)];
      expect(await found([path], { checkpoints, proofs })).toEqual({ short: [], warnings: [] });
      const forked = log.copy();
      forked.lines[size - 1] = "{}";
      const { short } = await found([path], { checkpoints: [noteOf(size, forked)], proofs });
      expect(short).toEqual([`forked ${size}-49`]);
    },
  );

  test("later than the segment: by a consistency proof", async () => {
    const path = exported(0, 64);
    const proofs = [proof(64, 90)];
    const good = await found([path], { checkpoints: [noteOf(90)], proofs });
    expect(good).toEqual({ short: [], warnings: [] });
    const bad = await found([path], { checkpoints: [noteOf(90, other)], proofs });
    expect(bad.short).toEqual(["forked 64-89"]);
    const forked = [proof(64, 90, other)];
    expect(
      (await found([path], { checkpoints: [noteOf(90, other)], proofs: forked })).short,
    ).toEqual(["forked 64-89"]);
  });

  test("a proof between trees that nobody knows is of no use, and that is said", async () => {
    expect((await found([exported(0, 64)], { proofs: [proof(64, 90)] })).warnings).toEqual([
      "the consistency proof from 64 to 90 is of no use: no tree of size 90 is known",
    ]);
  });
});
